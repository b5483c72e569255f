using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Twinbus.Hosts.Agent;

/// <summary>The host agent as one file, as it lies beside this program: one a processor.</summary>
internal sealed class AgentFile
{
    /// <summary>Where the agent is on every host: one path, so that sudo can be given just that.</summary>
    public const string InstalledPath = "/usr/local/lib/twinbus/agent";

    private readonly Lazy<byte[]> sum;

    private AgentFile(string path)
    {
        Path = path;
        sum = new Lazy<byte[]>(() =>
        {
            using var file = File.OpenRead(path);
            return SHA256.HashData(file);
        });
    }

    public string Path { get; }

    /// <summary>SHA-256 of it; a host that has another one is given this.</summary>
    public string Sum => Convert.ToHexStringLower(sum.Value);

    /// <summary>SHA-256 of the running agent itself.</summary>
    public static string OwnSum()
    {
        using var file = File.OpenRead("/proc/self/exe");
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The agent for a processor as <c>uname -m</c> names it.</summary>
    /// <exception cref="HostException">There is none.</exception>
    public static AgentFile For(string machine, string directory)
    {
        var runtime = machine switch
        {
            "x86_64" => "linux-x64",
            "aarch64" => "linux-arm64",
            _ => throw new HostException(
                HostFailureReason.Unsupported,
                $"There is no host agent for a {machine} processor.",
                "Twinbus supports x86_64 and aarch64.",
                "Use a host with one of these processors."),
        };
        var path = System.IO.Path.Combine(directory, runtime, "twinbus-agent");
        return File.Exists(path)
            ? new AgentFile(path)
            : throw new HostException(
                HostFailureReason.Unsupported,
                $"The host agent for {runtime} is missing.",
                $"{path} does not exist.",
                $"Make it with: eng/publish-agent {runtime} {System.IO.Path.GetDirectoryName(path)}");
    }

    /// <summary>The agents that are there, by their sums.</summary>
    public static IReadOnlySet<string> KnownSums(string directory) => Directory.Exists(directory)
        ? Directory.EnumerateFiles(directory, "twinbus-agent", SearchOption.AllDirectories).Select(f => new AgentFile(f).Sum).ToHashSet()
        : new HashSet<string>();

    /// <summary>This machine's processor as <c>uname -m</c> names it.</summary>
    public static string ThisMachine => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        var other => other.ToString(),
    };
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.Running;

namespace Twinbus.Deployment.State;

/// <summary>A file that a plan was made of.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Sha256">Of its content, in hexadecimal digits.</param>
public sealed record PlannedInput(string Path, string Sha256);

/// <summary>
/// A plan that somebody looked at, kept in a file so that exactly that can be deployed. It holds what the plan depended
/// on and what it showed, and no secret.
/// </summary>
public sealed record PlanFile
{
    private const string TheFormat = "twinbus-plan-1";

    /// <summary>What kind of file it is.</summary>
    public string Format { get; init; } = TheFormat;

    /// <summary>The version of Twinbus that made it.</summary>
    public required string Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>The deployment directory, absolute.</summary>
    public required string DeploymentDirectory { get; init; }

    /// <summary>The files that it was made of.</summary>
    public required ImmutableArray<PlannedInput> Inputs { get; init; }

    /// <summary>The model.</summary>
    public required MessagingDeployment Deployment { get; init; }

    /// <summary><see cref="DeploymentRequest.StartEmpty"/>.</summary>
    public bool StartEmpty { get; init; }

    /// <summary><see cref="DeploymentRequest.Forgotten"/>.</summary>
    public ImmutableArray<string> Forgotten { get; init; } = [];

    /// <summary>The changes that were shown.</summary>
    public required ImmutableArray<ResourceChange> Changes { get; init; }

    /// <summary><see cref="RunReport.Fingerprints"/>: what each host looked like.</summary>
    public required ImmutableSortedDictionary<string, string> Fingerprints { get; init; }

    /// <summary>The input files of <paramref name="source"/> as they are now.</summary>
    public static async Task<ImmutableArray<PlannedInput>> InputsAsync(DeploymentSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ImmutableArray<PlannedInput>.Builder inputs = ImmutableArray.CreateBuilder<PlannedInput>();
        foreach (string file in source.InputFiles)
        {
            inputs.Add(new PlannedInput(file, await SumAsync(file, cancellationToken).ConfigureAwait(false) ?? ""));
        }

        return inputs.ToImmutable();
    }

    /// <summary>Writes it whole, for its owner only.</summary>
    /// <exception cref="DeploymentException">It cannot be written.</exception>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await WholeFile.WriteAsync(Path.GetFullPath(path), JsonSerializer.SerializeToUtf8Bytes(this, PlanFileJson.Default.PlanFile), WholeFile.OwnerOnly, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, new Problem($"the plan cannot be written to {path}", e.Message.TrimEnd('.'), "name a file in a directory that can be written"), e);
        }
    }

    /// <summary>Reads one that this version wrote for this deployment.</summary>
    /// <exception cref="DeploymentException">It is no such file (<see cref="DeploymentFailureReason.InvalidInput"/>).</exception>
    public static async Task<PlanFile> ReadAsync(string path, string version, string deploymentDirectory, CancellationToken cancellationToken)
    {
        byte[] text = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        (string? format, string? madeBy) = Head(path, text);
        if (format != TheFormat || madeBy != version)
        {
            throw format is null
                ? Wrong($"{path} is no plan", "it is not what twinbus plan --out writes")
                : Wrong($"{path} was made by another version of Twinbus", $"by {madeBy}, and this is {version}");
        }

        PlanFile plan = Parse(path, text, () => JsonSerializer.Deserialize(text, PlanFileJson.Default.PlanFile)!);
        return plan.DeploymentDirectory == deploymentDirectory
            ? plan
            : throw new DeploymentException(DeploymentFailureReason.InvalidInput, new Problem(
                $"{path} is a plan of another deployment",
                $"of the one in {plan.DeploymentDirectory}, and this is the one in {deploymentDirectory}",
                $"twinbus deploy {path} -d {plan.DeploymentDirectory}"));
    }

    /// <summary>Fails when an input file is not as it was.</summary>
    /// <exception cref="DeploymentException">All that moved on (<see cref="DeploymentFailureReason.StalePlan"/>).</exception>
    public async Task RefuseMovedInputsAsync(CancellationToken cancellationToken)
    {
        List<string> moved = [];
        foreach (PlannedInput input in Inputs)
        {
            string? sum = await SumAsync(input.Path, cancellationToken).ConfigureAwait(false);
            if (sum != input.Sha256)
            {
                moved.Add(sum is null ? $"{input.Path} cannot be read any more" : $"{input.Path} has another content");
            }
        }

        Refuse(moved);
    }

    /// <summary>Fails when the files and the hosts come to another model by now.</summary>
    /// <exception cref="DeploymentException">What moved on (<see cref="DeploymentFailureReason.StalePlan"/>).</exception>
    public void RefuseMovedModel(MessagingDeployment now)
    {
        ArgumentNullException.ThrowIfNull(now);
        if (Text(Deployment) == Text(now))
        {
            return;
        }

        Dictionary<string, ResolvedParameter> before = Deployment.Parameters.ToDictionary(parameter => parameter.Name);
        List<string> moved =
        [
            .. now.Parameters.Where(parameter => before.GetValueOrDefault(parameter.Name)?.Value != parameter.Value)
                .Select(parameter => $"{parameter.Name} is {parameter.Value}, and was {before.GetValueOrDefault(parameter.Name)?.Value ?? "not there"}"),
            .. now.Hosts.Select(host => host.Name).Except(Deployment.Hosts.Select(host => host.Name)).Select(host => $"host {host} is new"),
            .. Deployment.Hosts.Select(host => host.Name).Except(now.Hosts.Select(host => host.Name)).Select(host => $"host {host} is gone"),
        ];
        Refuse(moved.Count > 0 ? moved : ["the files and the hosts come to another model, in deployment.json's words"]);
    }

    private static string Text(MessagingDeployment deployment) => JsonSerializer.Serialize(deployment, DeploymentJson.Default.MessagingDeployment);

    private static void Refuse(List<string> moved)
    {
        if (moved.Count > 0)
        {
            throw new DeploymentException(
                DeploymentFailureReason.StalePlan,
                new Problem("the plan is stale, and nothing was changed", string.Join("; ", moved), "make the plan anew with twinbus plan --out, look at it, and deploy that"));
        }
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException(DeploymentFailureReason.InvalidInput, new Problem($"the plan {path} cannot be read", e.Message.TrimEnd('.'), "name a file that twinbus plan --out wrote; environment files come with -e"), e);
        }
    }

    private static (string? Format, string? Version) Head(string path, byte[] text)
    {
        // An environment file is the likeliest thing to be taken for a plan; it does not begin like one.
        if (!Encoding.UTF8.GetString(text).TrimStart().StartsWith('{'))
        {
            throw Wrong($"{path} is no plan", "it is not what twinbus plan --out writes");
        }

        return Parse(path, text, () =>
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return (Word(document.RootElement, "format"), Word(document.RootElement, "version"));
        });
    }

    private static string? Word(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static T Parse<T>(string path, byte[] text, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (JsonException e)
        {
            bool isCut = e.BytePositionInLine is not null && text.AsSpan().TrimEnd("\r\n "u8) is not [.., (byte)'}'];
            throw Wrong($"{path} is no whole plan", isCut ? "it is cut short" : "somebody changed it, or it was damaged");
        }
    }

    private static DeploymentException Wrong(string what, string why) =>
        new(DeploymentFailureReason.InvalidInput, new Problem(what, why, "make a plan with twinbus plan --out FILE; environment files come with -e"));

    private static async Task<string?> SumAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanFile))]
internal sealed partial class PlanFileJson : JsonSerializerContext;

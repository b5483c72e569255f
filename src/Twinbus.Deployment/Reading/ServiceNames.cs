using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Reading;

/// <summary>
/// The names of a messaging service. <c>OS::TripleO::Services::OsloMessagingRpc</c> is the service <c>rpc</c>, whose
/// parameters begin with <c>Rpc</c>; <c>...OsloMessagingRpcNeutron</c> is <c>rpc-neutron</c> with <c>RpcNeutron</c>.
/// </summary>
internal sealed record ServiceNames(string Name, string Prefix, MessagingKind Kind)
{
    public const string RegistryPrefix = "OS::TripleO::Services::OsloMessaging";

    /// <summary>The most letters and digits of a further service's own word.</summary>
    public const int LongestWord = 32;

    /// <summary>What a registry maps a service to that is not there.</summary>
    public const string None = "OS::Heat::None";

    /// <summary>The names behind a registry's key, or null when they follow no rule.</summary>
    public static ServiceNames? Of(string registryName)
    {
        string prefix = registryName[RegistryPrefix.Length..];
        foreach (MessagingKind kind in Enum.GetValues<MessagingKind>())
        {
            string word = kind.ToString();
            string rest = prefix.StartsWith(word, StringComparison.Ordinal) ? prefix[word.Length..] : "-";
            bool isWord = rest.Length <= LongestWord && rest.All(char.IsAsciiLetterOrDigit);
            if (rest.Length == 0 || (isWord && char.IsAsciiLetterUpper(rest[0])))
            {
                string kindName = word.ToLowerInvariant();
                return new ServiceNames(rest.Length == 0 ? kindName : $"{kindName}-{rest.ToLowerInvariant()}", prefix, kind);
            }
        }

        return null;
    }
}

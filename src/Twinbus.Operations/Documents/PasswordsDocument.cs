using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Operations.Documents;

/// <summary>The secrets of a deployment by name: <c>passwords list --format json</c>.</summary>
public sealed record PasswordsDocument() : Document("twinbus-passwords", 1)
{
    /// <summary>In name order; <c>***</c> when they are not to be shown.</summary>
    public required OrderedDictionary<string, string> Passwords { get; init; }

    /// <summary>The names of <paramref name="secrets"/>, and the secrets themselves when <paramref name="reveal"/>.</summary>
    public static PasswordsDocument Of(DeploymentSecrets secrets, bool reveal)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        OrderedDictionary<string, string> passwords = [];
        foreach ((string name, Secret value) in secrets.Values)
        {
            passwords[name] = reveal ? value.Reveal() : Secret.Redacted;
        }

        return new PasswordsDocument { Passwords = passwords };
    }
}

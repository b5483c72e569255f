using System.Collections.Immutable;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>For whom a configuration is written.</summary>
public enum ClientFormat
{
    /// <summary>A section file of oslo.config, for the service itself.</summary>
    Text,

    /// <summary>The same as JSON: <c>{"release", "service", "file", "options": {section: {option: value}}, "warnings"}</c>.</summary>
    Json,

    /// <summary>Hieradata of TripleO.</summary>
    Hiera,

    /// <summary>Variables of OpenStack-Ansible.</summary>
    Osa,

    /// <summary>Variables of Kolla-Ansible.</summary>
    Kolla,
}

/// <summary>A client's configuration in one of the formats.</summary>
/// <param name="Text">The file; a secret itself when passwords were to be revealed.</param>
/// <param name="Warnings">Sentences about what is doubtful; formats that have comments have them in the text too.</param>
public sealed record ClientText(string Text, ImmutableArray<string> Warnings)
{
    /// <summary>Writes the configuration of a client.</summary>
    /// <param name="configuration">Its buses and its release.</param>
    /// <param name="format">For whom.</param>
    /// <param name="passwords">Whether passwords are printed.</param>
    /// <param name="service">The client; null for any.</param>
    /// <exception cref="DeploymentException">The release, or the format, cannot say what was deployed; all reasons at once.</exception>
    public static ClientText Render(ClientConfiguration configuration, ClientFormat format, Passwords passwords, ClientService? service = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ClientSettings settings = ClientSettingsResolution.Resolve(configuration, everythingInUrl: format == ClientFormat.Kolla || service is { HasUrlOnly: true });
        string text = format switch
        {
            ClientFormat.Json => OsloJson.Write(settings, passwords, service),
            ClientFormat.Hiera => Hieradata.Write(settings, passwords, service),
            ClientFormat.Osa => OpenStackAnsibleVariables.Write(settings, passwords, service),
            ClientFormat.Kolla => KollaVariables.Write(settings, passwords),
            _ => OsloIni.Write(settings, passwords, service),
        };
        return new ClientText(text, settings.Warnings);
    }
}

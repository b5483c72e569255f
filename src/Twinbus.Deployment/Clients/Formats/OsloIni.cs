using System.Text;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>A file as oslo.config reads it.</summary>
internal static class OsloIni
{
    public static string Write(ClientSettings settings, Passwords passwords, ClientService? service)
    {
        StringBuilder text = new();
        text.Append($"# Messaging of {service?.Name ?? "a client"}, for oslo.messaging {settings.Release}.\n");
        if (service is not null)
        {
            text.Append($"# Belongs into {service.File}.\n");
        }

        foreach (string warning in settings.Warnings)
        {
            text.Append($"# Warning: {warning}.\n");
        }

        bool isFilter = service is { HasUrlOnly: true };
        foreach (OsloSection section in isFilter ? OsloSection.OfFilter(settings, passwords) : OsloSection.Of(settings, passwords))
        {
            text.Append($"\n[{section.Name}]\n");
            foreach ((string name, string value) in section.Options)
            {
                text.Append($"{name} = {(isFilter ? EscapePercent(value) : EscapeDollar(value))}\n");
            }
        }

        return text.ToString();
    }

    // oslo.config replaces $name by another option's value.
    private static string EscapeDollar(string value) => value.Replace("$", "$$", StringComparison.Ordinal);

    // A paste pipeline replaces %(name)s.
    private static string EscapePercent(string value) => value.Replace("%", "%%", StringComparison.Ordinal);
}

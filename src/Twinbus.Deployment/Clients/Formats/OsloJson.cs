using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>Sections and options for programs.</summary>
internal static class OsloJson
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ClientSettings settings, Passwords passwords, ClientService? service)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("format", "twinbus-client-configuration");
            json.WriteNumber("version", 1);
            json.WriteString("release", $"{settings.Release.Version}");
            if (service is not null)
            {
                json.WriteString("service", service.Name);
                json.WriteString("file", service.File);
            }

            json.WriteStartObject("options");
            foreach (OsloSection section in service is { HasUrlOnly: true } ? OsloSection.OfFilter(settings, passwords) : OsloSection.Of(settings, passwords))
            {
                json.WriteStartObject(section.Name);
                foreach ((string name, string value) in section.Options)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartArray("warnings");
            foreach (string warning in settings.Warnings)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}

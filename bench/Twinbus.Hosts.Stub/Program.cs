using System.Text.Json;

// A host that is as it shall be, or has one thing wrong with it; what sshd starts in bench/fleet instead of an agent.
// usage: stub DIRECTORY. The directory holds "agent" (the sum that the real agent would say), "facts.json" (what the host
// is) and "ailing" (lines of the address that is connected to, and what is wrong there: "sudo" or "disk").
// It knows the wire by itself: a bench that shared the agent's code would not see when both change.
string directory = args[0];
string ailment = Ailment(Environment.GetEnvironmentVariable("SSH_CONNECTION")?.Split(' ')[2]);
if (ailment == "sudo")
{
    Console.Error.WriteLine("sudo: a password is required");
    return 1;
}

using Stream output = Console.OpenStandardOutput();
using StreamReader input = new(Console.OpenStandardInput());
Write(json =>
{
    json.WriteString("event", "reached");
    json.WriteString("agent", File.ReadAllText(Path.Combine(directory, "agent")).Trim());
});
using JsonDocument request = JsonDocument.Parse(input.ReadLine() ?? "{}");
string host = request.RootElement.GetProperty("host").GetString()!;
if (ailment == "disk")
{
    Write(json =>
    {
        json.WriteString("event", "failed");
        json.WriteString("host", host);
        json.WriteStartObject("failure");
        json.WriteString("reason", "DiskFull");
        json.WriteString("what", "Nothing more can be written.");
        json.WriteString("why", "No space left on device");
        json.WriteString("next", "Make room on that file system, then run this again.");
        json.WriteString("host", host);
        json.WriteEndObject();
    });
    return 0;
}

if (!request.RootElement.TryGetProperty("plan", out JsonElement plan))
{
    using JsonDocument facts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, "facts.json")));
    Write(json =>
    {
        json.WriteString("event", "facts");
        json.WriteString("host", host);
        json.WritePropertyName("facts");
        facts.RootElement.WriteTo(json);
    });
}
else
{
    Check(plan);
}

while (input.ReadLine() is { } line)
{
    using JsonDocument command = JsonDocument.Parse(line);
    switch (command.RootElement.GetProperty("command").GetString())
    {
        case "plan":
            Check(command.RootElement.GetProperty("plan"));
            break;
        case "finish":
            Write(json =>
            {
                json.WriteString("event", "ended");
                json.WriteString("host", host);
            });
            return 0;
        case "apply":
            Console.Error.WriteLine("stub: asked to change something");
            return 1;
    }
}

return 0;

void Check(JsonElement part)
{
    foreach (JsonElement stage in part.GetProperty("stages").EnumerateArray())
    {
        foreach (JsonElement resource in stage.GetProperty("resources").EnumerateArray())
        {
            Write(json =>
            {
                json.WriteString("event", "checked");
                json.WriteString("host", host);
                json.WriteString("kind", resource.GetProperty("kind").GetString());
                json.WriteString("name", NameOf(resource));
                json.WriteString("action", "none");
                json.WriteString("detail", "as it should be");
            });
        }
    }

    Write(json =>
    {
        json.WriteString("event", "host-checked");
        json.WriteString("host", host);
        json.WriteNumber("pending", 0);
        json.WriteString("fingerprint", new string('0', 64));
    });
}

// Each kind has its own word for it; for a bench, any text of about that length does.
static string NameOf(JsonElement resource) =>
    resource.EnumerateObject().FirstOrDefault(p => p.Name is "name" or "path").Value is { ValueKind: JsonValueKind.String } name ? name.GetString()! : "a broker entity";

string Ailment(string? address) =>
    File.ReadLines(Path.Combine(directory, "ailing")).Select(line => line.Split(' ')).FirstOrDefault(words => words[0] == address)?[1] ?? "";

void Write(Action<Utf8JsonWriter> body)
{
    using MemoryStream line = new();
    using (Utf8JsonWriter json = new(line))
    {
        json.WriteStartObject();
        body(json);
        json.WriteEndObject();
    }

    line.WriteByte((byte)'\n');
    line.WriteTo(output);
}

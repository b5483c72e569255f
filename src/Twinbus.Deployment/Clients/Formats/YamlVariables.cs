using System.Text;

namespace Twinbus.Deployment.Clients.Formats;

/// <summary>A YAML file of variables, one a line.</summary>
internal sealed class YamlVariables
{
    private readonly StringBuilder text = new("---\n");

    public void Comment(string sentence) => text.Append($"# {sentence}\n");

    public void Gap() => text.Append('\n');

    public void String(string name, string value) => text.Append($"{name}: {Quote(value)}\n");

    public void Number(string name, int value) => text.Append($"{name}: {value}\n");

    public void Truth(string name, bool value) => text.Append($"{name}: {(value ? "true" : "false")}\n");

    public void List(string name, IEnumerable<string> values) => text.Append($"{name}: [{string.Join(", ", values.Select(Quote))}]\n");

    public void Sections(string name, IEnumerable<KeyValuePair<string, IReadOnlyDictionary<string, string>>> sections)
    {
        text.Append($"{name}:\n");
        foreach ((string section, IReadOnlyDictionary<string, string> options) in sections)
        {
            text.Append($"  {section}:\n");
            foreach ((string option, string value) in options)
            {
                text.Append($"    {option}: {Quote(value)}\n");
            }
        }
    }

    public override string ToString() => text.ToString();

    // Single quotes leave all characters alone, so neither YAML nor Jinja-free Ansible sees anything in them.
    private static string Quote(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}

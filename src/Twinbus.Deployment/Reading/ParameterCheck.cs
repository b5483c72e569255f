using System.Collections.Immutable;
using System.Globalization;

namespace Twinbus.Deployment.Reading;

/// <summary>Turns what environments set into checked values of one service.</summary>
internal sealed class ParameterCheck(MergedEnvironment environment, Func<string, bool> isShipped, ProblemList problems)
{
    private static readonly string[] Yes = ["1", "t", "true", "on", "y", "yes"];
    private static readonly string[] No = ["0", "f", "false", "off", "n", "no"];

    /// <summary>The values of the service called <paramref name="service"/>, whose parameters begin with <paramref name="prefix"/>.</summary>
    public ParameterSet Values(string service, string prefix, IEnumerable<ParameterDefinition> definitions)
    {
        ImmutableSortedDictionary<string, ParameterValue>.Builder values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        foreach (ParameterDefinition definition in definitions)
        {
            ImmutableArray<string> names = definition.NamesFor(prefix);
            string? set = names.FirstOrDefault(environment.Parameters.ContainsKey);
            values[definition.ShortName] = set is not null && Given(definition, set, service) is { } given
                ? given
                : new ParameterValue { Definition = definition, Name = names[0], Text = definition.DefaultFor(service) };
        }

        return new ParameterSet(values.ToImmutable());
    }

    private ParameterValue? Given(ParameterDefinition definition, string name, string service)
    {
        TemplateNode node = environment.Parameters[name].Value;
        if (Text(definition, name, service, node) is not { } text)
        {
            return null;
        }

        string? broken = text.Length == 0 ? null : definition.Constraints.Select(constraint => constraint.Broken(text)).FirstOrDefault(rule => rule is not null);
        if (broken is not null)
        {
            string shown = definition.Hidden ? "the value that is given" : $"'{text}'";
            problems.Add(node.Place, $"{name} cannot be {shown}", broken, "give another value, or leave it out for the default");
            return null;
        }

        return new ParameterValue
        {
            Definition = definition,
            Name = name,
            Text = text,
            Place = node.Place,
            IsSet = !isShipped(node.Place.File),
        };
    }

    private string? Text(ParameterDefinition definition, string name, string service, TemplateNode node)
    {
        (string? text, string wanted) = definition.Type switch
        {
            ParameterType.Number => (Number(node, definition.IsWhole), definition.IsWhole ? "a whole number" : "a number"),
            ParameterType.Boolean => (Flag(node), "true or false"),
            ParameterType.List => (Items(node), "a list of single values, or values between commas"),
            _ => (node is ScalarNode { IsNull: false } scalar ? scalar.Text : null, "text"),
        };
        if (text is null)
        {
            string found = node is ScalarNode { IsNull: false } given && !definition.Hidden ? $"'{given.Text}'" : node.Form;
            problems.Add(node.Place, $"{name} is {found}", $"it must be {wanted}", definition.Default.Length > 0 ? $"leave it out for the default, {definition.DefaultFor(service)}" : "mend the value");
        }

        return text;
    }

    private static string? Number(TemplateNode node, bool isWhole)
    {
        NumberStyles styles = NumberStyles.AllowLeadingSign | (isWhole ? NumberStyles.None : NumberStyles.AllowDecimalPoint);
        return node is ScalarNode { IsNull: false } scalar && decimal.TryParse(scalar.Text, styles, CultureInfo.InvariantCulture, out decimal number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;
    }

    private static string? Flag(TemplateNode node)
    {
        if (node is not ScalarNode scalar)
        {
            return null;
        }

        bool isYes = Yes.Contains(scalar.Text, StringComparer.OrdinalIgnoreCase);
        bool isNo = No.Contains(scalar.Text, StringComparer.OrdinalIgnoreCase) || (scalar.IsQuoted && scalar.Text.Length == 0);
        return (isYes, isNo) switch
        {
            (true, _) => "true",
            (_, true) => "false",
            _ => null,
        };
    }

    private static string? Items(TemplateNode node) => node switch
    {
        SequenceNode sequence when sequence.Items.All(item => item is ScalarNode { IsNull: false }) =>
            string.Join(',', sequence.Items.Cast<ScalarNode>().Select(item => item.Text.Trim())),
        ScalarNode { IsNull: false } scalar => string.Join(',', scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        _ => null,
    };
}

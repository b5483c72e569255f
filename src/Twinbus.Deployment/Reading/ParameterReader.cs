using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>Reads parameter definitions, whose form is Heat's.</summary>
internal sealed class ParameterReader(ProblemList problems)
{
    private static readonly string[] Keys = ["type", "default", "description", "constraints", "hidden"];
    private static readonly string[] Rules = ["range", "length", "allowed_values", "allowed_pattern", "description"];

    public ImmutableArray<ParameterDefinition> Read(MappingNode parameters)
    {
        ImmutableArray<ParameterDefinition>.Builder definitions = ImmutableArray.CreateBuilder<ParameterDefinition>();
        foreach (MappingEntry entry in parameters.Entries)
        {
            if (entry.Value is MappingNode body && Definition(entry.Key, body) is { } definition)
            {
                definitions.Add(definition);
            }
            else if (entry.Value is not MappingNode)
            {
                problems.Add(entry.Value.Place, $"the definition of {entry.Key.Text} is {entry.Value.Form}", "a definition is a mapping", "give its type, default and description");
            }
        }

        return definitions.ToImmutable();
    }

    private ParameterDefinition? Definition(ScalarNode name, MappingNode body)
    {
        RefuseUnknown(body, Keys, name.Text);
        ParameterType? type = TypeOf(body, name);
        string description = Text(body, "description");
        if (description.Length == 0)
        {
            problems.Add(name.Place, $"{name.Text} has no description", "the definition is its documentation", "add a description");
        }

        if (type is null)
        {
            return null;
        }

        bool hasDefault = body.Find("default") is ScalarNode { IsNull: false };
        ParameterDefinition definition = new()
        {
            Name = name.Text,
            Type = type.Value,
            Default = hasDefault ? Text(body, "default") : "",
            Description = description,
            Hidden = Text(body, "hidden") == "true",
            Constraints = Constraints(body),
        };
        if (!hasDefault)
        {
            problems.Add(name.Place, $"{name.Text} has no default", "every parameter has one, an empty text at least", "add a default");
        }

        return definition;
    }

    private ParameterType? TypeOf(MappingNode body, ScalarNode name)
    {
        switch (Text(body, "type"))
        {
            case "string":
                return ParameterType.Text;
            case "number":
                return ParameterType.Number;
            case "boolean":
                return ParameterType.Boolean;
            case "comma_delimited_list":
                return ParameterType.List;
            case var other:
                problems.Add(body.Find("type")?.Place ?? name.Place, $"{name.Text} has the type '{other}'", "a type is string, number, boolean or comma_delimited_list", "choose one of them");
                return null;
        }
    }

    private ImmutableArray<ParameterConstraint> Constraints(MappingNode body)
    {
        ImmutableArray<ParameterConstraint>.Builder constraints = ImmutableArray.CreateBuilder<ParameterConstraint>();
        foreach (TemplateNode item in (body.Find("constraints") as SequenceNode)?.Items ?? [])
        {
            if (item is MappingNode rule)
            {
                RefuseUnknown(rule, Rules, "a constraint");
                constraints.AddRange(Constraint(rule, Text(rule, "description")));
            }
            else
            {
                problems.Add(item.Place, $"a constraint that is {item.Form}", "a constraint is a mapping", "write - range: {min: 1, max: 9} or one of the others");
            }
        }

        return constraints.ToImmutable();
    }

    private IEnumerable<ParameterConstraint> Constraint(MappingNode rule, string description)
    {
        if (rule.Find("range") is MappingNode range)
        {
            yield return new RangeConstraint(Number(range, "min"), Number(range, "max"), description);
        }

        if (rule.Find("length") is MappingNode length)
        {
            yield return new LengthConstraint((int)(Number(length, "min") ?? 0), (int)(Number(length, "max") ?? int.MaxValue), description);
        }

        if (rule.Find("allowed_values") is SequenceNode allowed)
        {
            yield return new AllowedConstraint([.. allowed.Items.OfType<ScalarNode>().Select(item => item.Text)], description);
        }

        if (rule.Find("allowed_pattern") is ScalarNode pattern && IsPattern(pattern))
        {
            yield return new PatternConstraint(pattern.Text, description);
        }
    }

    private bool IsPattern(ScalarNode pattern)
    {
        try
        {
            _ = new Regex(pattern.Text);
            return true;
        }
        catch (ArgumentException e)
        {
            problems.Add(pattern.Place, "allowed_pattern is no regular expression", e.Message, "mend the pattern");
            return false;
        }
    }

    private decimal? Number(MappingNode rule, string key)
    {
        if (rule.Find(key) is not { } node)
        {
            return null;
        }

        if (node is ScalarNode scalar && decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number))
        {
            return number;
        }

        problems.Add(node.Place, $"{key} is no number", "", "write a number");
        return null;
    }

    private void RefuseUnknown(MappingNode mapping, string[] known, string where)
    {
        foreach (MappingEntry entry in mapping.Entries.Where(entry => !known.Contains(entry.Key.Text)))
        {
            problems.Add(entry.Key.Place, $"{where} has an unknown key {entry.Key.Text}", $"known are {string.Join(", ", known)}", WordSuggestion.Suggest(entry.Key.Text, known, "remove it"));
        }
    }

    private static string Text(MappingNode mapping, string key) => mapping.Find(key) is ScalarNode scalar ? scalar.Text : "";
}

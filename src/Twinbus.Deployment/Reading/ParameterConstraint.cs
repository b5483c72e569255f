using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Twinbus.Deployment.Reading;

/// <summary>What a parameter's value must be besides of its type. An empty text is no value and meets them all.</summary>
/// <param name="Description">Why, in the definition's words; may be empty.</param>
internal abstract record ParameterConstraint(string Description)
{
    /// <summary>What <paramref name="value"/> breaks, as a phrase, or null.</summary>
    public string? Broken(string value) => Holds(value) ? null : Reason;

    /// <summary>The rule and why; a rule that only a machine reads gives way to the words.</summary>
    protected virtual string Reason => Rule + (Description.Length == 0 ? "" : $" ({Description})");

    /// <summary>The rule as a phrase for errors and for the reference.</summary>
    public abstract string Rule { get; }

    protected abstract bool Holds(string value);
}

internal sealed record RangeConstraint(decimal? Least, decimal? Most, string Description) : ParameterConstraint(Description)
{
    public override string Rule => (Least, Most) switch
    {
        (null, _) => $"it must be at most {Most}",
        (_, null) => $"it must be at least {Least}",
        _ => $"it must be from {Least} to {Most}",
    };

    protected override bool Holds(string value)
    {
        decimal number = decimal.Parse(value, CultureInfo.InvariantCulture);
        return number >= (Least ?? number) && number <= (Most ?? number);
    }
}

internal sealed record LengthConstraint(int Least, int Most, string Description) : ParameterConstraint(Description)
{
    public override string Rule => $"it must have from {Least} to {Most} characters";

    protected override bool Holds(string value) => value.Length >= Least && value.Length <= Most;
}

internal sealed record AllowedConstraint(ImmutableArray<string> Values, string Description) : ParameterConstraint(Description)
{
    public override string Rule => $"it must be one of {string.Join(", ", Values)}";

    protected override bool Holds(string value) => Values.Contains(value);
}

internal sealed record PatternConstraint(string Pattern, string Description) : ParameterConstraint(Description)
{
    // A pattern of an operator's own service file must not hang the check.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public override string Rule => $"it must match {Pattern}";

    protected override string Reason => Description.Length == 0 ? Rule : Description;

    protected override bool Holds(string value) => Regex.IsMatch(value, $"^(?:{Pattern})$", RegexOptions.CultureInvariant, Patience);
}

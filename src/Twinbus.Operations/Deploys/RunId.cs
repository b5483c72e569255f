namespace Twinbus.Operations.Deploys;

/// <summary>Tells one run from another in locks and journals.</summary>
internal static class RunId
{
    public static string New() => Guid.NewGuid().ToString("N")[..12];
}

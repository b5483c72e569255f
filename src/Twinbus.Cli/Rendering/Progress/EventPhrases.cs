using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>A host's events in words.</summary>
internal static class EventPhrases
{
    /// <summary>What the host does now, or null for an event that only a careful reader wants.</summary>
    public static string? Now(HostEvent happened) => happened switch
    {
        RunAwaited awaited => $"{happened.Host}: {awaited.Text}",
        StageBegun stage => $"{happened.Host}: {Of(stage.Stage)}",
        ReservationRefused refused => $"{happened.Host}: {refused.Failure.What} {refused.Failure.Why}",
        ResourceProgress progress => $"{happened.Host}: {progress.Kind} {progress.Name}: {progress.Text}",
        _ => null,
    };

    /// <summary>Every event, for <c>-v</c>.</summary>
    public static string? Careful(HostEvent happened) => Now(happened) ?? happened switch
    {
        HostReached => $"{happened.Host}: reached",
        ResourceChecked { Action: ResourceAction.None } check => $"{happened.Host}: {check.Kind} {check.Name}: as it should be",
        ResourceChecked check => $"{happened.Host}: {check.Kind} {check.Name}: {ChangeText.Pending(check.Action)}{Because(check.Detail)}",
        ResourceConverged { Action: not ResourceAction.None } converged =>
            $"{happened.Host}: {converged.Kind} {converged.Name}: {ChangeText.Done(converged.Action)}{Because(converged.Detail)}",
        HostChecked check => $"{happened.Host}: checked, {check.Pending} to change",
        HostFailed failed => $"{happened.Host}: failed: {failed.Failure.What}",
        HostEnded => $"{happened.Host}: done",
        _ => null,
    };

    private static string Because(string detail) => detail.Length == 0 ? "" : $" ({detail})";

    /// <summary>What a stage does.</summary>
    public static string Of(Stage stage) => stage switch
    {
        Stage.Reserve => "reserving ports",
        Stage.Prepare => "preparing packages, users and directories",
        Stage.Configure => "writing configuration",
        Stage.Start => "starting services",
        Stage.Cluster => "joining brokers",
        Stage.Provision => "provisioning virtual hosts and users",
        Stage.Verify => "looking once more",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };
}

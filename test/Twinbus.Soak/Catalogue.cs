namespace Twinbus.Soak;

/// <summary>All cells.</summary>
internal static class Catalogue
{
    private const string Autoheal = "autoheal";

    // Enough to kill a node in: all of these are on their way when the first is confirmed.
    private const int Burst = 2000;

    // What a fault that is over at once is looked at for, before the cluster is asked whether it is whole.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Cell> Cells { get; } =
    [
        new("kill", "kill -9 of one", Moment, s => s.Site.SignalAsync("KILL", s.Victim)),
        new("kill-bare", "kill -9 of one, URL without options", Moment, s => s.Site.SignalAsync("KILL", s.Victim)) { Clients = ClientKind.Bare },
        new("power-one", "power cut of one, 30 s", Seconds(30), s => s.Site.LabAsync("kill", s.Victim), s => s.Site.LabAsync("start", s.Victim)),
        new("cut-47", "network cut of one, 47 s", Seconds(47), s => s.Site.LabAsync("cut", s.Victim), Heal),
        new("cut-153", "network cut of one, 153 s", Seconds(153), s => s.Site.LabAsync("cut", s.Victim), Heal),
        new("peers", "one cut from its peers only, 60 s", Seconds(60), CutFromPeers, Heal),
        new("link", "one link of three broken, 60 s", Seconds(60), BreakLink, Heal),
        new("cut-two", "two hosts cut, 48 s", Seconds(48), s => Task.WhenAll(s.Others.Select(host => s.Site.LabAsync("cut", host))), Heal),
        new("power-all", "power cut of all three, 10 s", Seconds(10), s => All(s, "kill"), s => All(s, "start")),
        new("freeze-33", "one host frozen, 33 s", Seconds(33), s => s.Site.LabAsync("freeze", s.Victim), s => s.Site.LabAsync("thaw", s.Victim)),
        new("freeze-95", "one host frozen, 95 s", Seconds(95), s => s.Site.LabAsync("freeze", s.Victim), s => s.Site.LabAsync("thaw", s.Victim)),
        new("memory-alarm", "memory alarm of one, 61 s", Seconds(61), s => s.Site.EvaluateAsync(s.Victim, MemoryAlarm), s => s.Site.EvaluateAsync(s.Victim, NoMemoryAlarm)),
        new("disk-alarm", "disk alarm of one, 61 s", Seconds(61), s => s.Site.EvaluateAsync(s.Victim, DiskAlarm), s => s.Site.EvaluateAsync(s.Victim, NoDiskAlarm)),
        new("deploy", "rolling deploy with a changed limit", TimeSpan.Zero, s => s.Site.ChangeLimitAsync(), _ => Task.CompletedTask),
        new("node-kill", "kill -9, no other host", Moment, s => s.Site.SignalAsync("KILL", s.Victim)) { Clients = ClientKind.OneHost },
        new("node-kill-confirming", "kill -9 among confirms, no other host", Moment, KillAmongConfirms) { Clients = ClientKind.OneHost },
        new("node-stop-5", "SIGSTOP 5 s, no other host", Seconds(5), Stop, Continue) { Clients = ClientKind.OneHost },
        new("node-stop-30", "SIGSTOP 30 s, no other host", Seconds(30), Stop, Continue) { Clients = ClientKind.OneHost },
        new("node-restart", "stop and start, no other host", Seconds(5), s => s.Site.SystemctlAsync("stop", s.Victim), s => s.Site.SystemctlAsync("start", s.Victim)) { Clients = ClientKind.OneHost },
        new("node-connection", "cut of one connection, no other host", Moment, s => s.Site.EvaluateAsync(s.Victim, OneConnection(s.Seed))) { Clients = ClientKind.OneHost },
        new("node-connections", "cut of all connections, no other host", Moment, s => s.Site.EvaluateAsync(s.Victim, AllConnections)) { Clients = ClientKind.OneHost },
        new("node-hole-10", "black hole 10 s, no other host", Seconds(10), Hole, Heal) { Clients = ClientKind.OneHost },
        new("node-hole-60", "black hole 60 s, no other host", Seconds(60), Hole, Heal) { Clients = ClientKind.OneHost },
        new("peers-autoheal", "one cut from its peers only, 60 s, autoheal", Seconds(60), CutFromPeers, Heal) { PartitionHandling = Autoheal },
        new("link-autoheal", "one link of three broken, 60 s, autoheal", Seconds(60), BreakLink, Heal) { PartitionHandling = Autoheal },
    ];

    // An alarm by a limit that nothing keeps; the limit before is kept in the node.
    private const string MemoryAlarm =
        "application:set_env(rabbit, soak_before, vm_memory_monitor:get_vm_memory_high_watermark()), vm_memory_monitor:set_vm_memory_high_watermark(0.00001).";

    private const string NoMemoryAlarm = "{ok, Before} = application:get_env(rabbit, soak_before), vm_memory_monitor:set_vm_memory_high_watermark(Before).";

    private const string DiskAlarm =
        "application:set_env(rabbit, soak_before, rabbit_disk_monitor:get_disk_free_limit()), rabbit_disk_monitor:set_disk_free_limit(1 bsl 60).";

    private const string NoDiskAlarm = "{ok, Before} = application:get_env(rabbit, soak_before), rabbit_disk_monitor:set_disk_free_limit(Before).";

    // The process that holds a socket dies without a word to the other side.
    private const string AllConnections = "[exit(C, kill) || C <- rabbit_networking:connections_local()], ok.";

    private static string OneConnection(int seed) =>
        $"All = lists:sort(rabbit_networking:connections_local()), exit(lists:nth({seed} rem length(All) + 1, All), kill).";

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static Task Heal(Scene scene) => scene.Site.LabAsync("heal");

    private static Task All(Scene scene, string command) => Task.WhenAll(SoakSite.Hosts.Select(host => scene.Site.LabAsync(command, host)));

    private static Task CutFromPeers(Scene scene) => scene.Site.LabAsync(["cut", scene.Victim, .. scene.Others]);

    private static Task BreakLink(Scene scene) => scene.Site.LabAsync("cut", scene.Victim, scene.Others[0]);

    private static Task Hole(Scene scene) => scene.Site.LabAsync("cut", scene.Victim, "clients");

    private static Task Stop(Scene scene) => scene.Site.SignalAsync("STOP", scene.Victim);

    private static Task Continue(Scene scene) => scene.Site.SignalAsync("CONT", scene.Victim);

    private static async Task KillAmongConfirms(Scene scene)
    {
        await scene.Load.BurstAsync(Burst, scene.Cancellation);
        await scene.Site.SignalAsync("KILL", scene.Victim);
    }
}

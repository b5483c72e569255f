using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>Checks where the server of a service comes from and what is to keep it running, before any host is asked.</summary>
internal sealed class ServerCheck(ServiceDraft service, IMessagingBackend backend, ProblemList problems)
{
    private readonly ServerParameters names = new(backend.Capabilities.ParameterPrefix);

    public void Check()
    {
        CheckManager();
        if (service.Parameters.Find(names.Source) is not { } source)
        {
            return;
        }

        ServerSoftware software = names.Read(service.Parameters);
        CheckSaysSomething(names.Home, software.Source is ServerSource.Installed, source);
        CheckSaysSomething(names.Archive, software.Source is ServerSource.Archive, source);
        CheckSaysSomething(names.ArchiveChecksum, software.Source is ServerSource.Archive, source);
        if (software is { Source: ServerSource.Installed, Home: null })
        {
            problems.Add(source.Place, $"{source.Name} is installed, and nothing says where", "its directory on the hosts is not known", $"set {names.Home} to it");
        }

        if (software.Source is ServerSource.Archive)
        {
            CheckArchive(software, source);
        }

        if (backend.Capabilities.UnsupportedSources.TryGetValue(software.Source, out string? reason))
        {
            string[] supported = [.. Enum.GetValues<ServerSource>().Where(other => !backend.Capabilities.UnsupportedSources.ContainsKey(other)).Select(Word)];
            problems.Add(source.Place, $"{source.Name} is {source.Text}, which is not supported for {backend.Capabilities.Title}", reason, $"set it to {string.Join(" or ", supported)}");
        }
    }

    private void CheckManager()
    {
        if (service.Parameters.Find(ServerParameters.Manager) is { Text: "pacemaker" } manager)
        {
            problems.Add(manager.Place, $"{manager.Name} is pacemaker, which is not supported yet", "this version does not make resources of Pacemaker", "set it to auto");
        }
    }

    private void CheckSaysSomething(string name, bool isAsked, ParameterValue source)
    {
        if (!isAsked && service.Parameters.Find(name) is { IsSet: true, Text.Length: > 0 } unused)
        {
            problems.Notice(unused.Place, $"{unused.Name} says nothing", $"{source.Name} is {source.Text}", "remove it, or choose the source that it is for");
        }
    }

    private void CheckArchive(ServerSoftware software, ParameterValue source)
    {
        if (software.Archive is null || software.ArchiveChecksum is null)
        {
            problems.Add(
                source.Place,
                $"{source.Name} is archive without {(software.Archive is null ? names.Archive : names.ArchiveChecksum)}",
                "what is run on the hosts is named and known by its checksum",
                $"set {names.Archive} and {names.ArchiveChecksum}");
        }
        else if (!software.Archive.Contains("://", StringComparison.Ordinal) && !File.Exists(software.Archive))
        {
            ParameterValue archive = service.Parameters[names.Archive];
            problems.Add(archive.Place, $"{archive.Name} names {archive.Text}", "there is no such file on this machine", "mend the path");
        }
    }

    private static string Word(ServerSource source) => source.ToString().ToLowerInvariant();
}

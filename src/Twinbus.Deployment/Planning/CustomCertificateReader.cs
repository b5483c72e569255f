using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Planning;

/// <summary>Reads the certificate files that environments name, and checks them before anything is planned.</summary>
internal sealed class CustomCertificateReader(ProblemList problems, TimeProvider clock)
{
    /// <summary>The files that <paramref name="services"/> name, by path; what is wrong with them is among the problems.</summary>
    public async Task<ImmutableDictionary<string, CustomCertificateFile>> ReadAsync(
        ImmutableArray<ServiceDraft> services,
        Func<ServiceDraft, ImmutableArray<DeploymentHost>> hostsOf,
        CancellationToken cancellationToken)
    {
        ImmutableDictionary<string, CustomCertificateFile> all = ImmutableDictionary<string, CustomCertificateFile>.Empty;
        foreach (ServiceDraft service in services)
        {
            if (OrderOf(service, hostsOf(service)) is not { } order)
            {
                await CheckClientAsync(service, cancellationToken).ConfigureAwait(false);
                continue;
            }

            ImmutableDictionary<string, CustomCertificateFile> files = await CustomCertificates.ReadAsync(order, cancellationToken).ConfigureAwait(false);
            Report(service, CustomCertificates.Check(order, files, clock.GetUtcNow(), out _));
            all = all.SetItems(files);
        }

        return all;
    }

    private static CertificateOrder? OrderOf(ServiceDraft service, ImmutableArray<DeploymentHost> hosts)
    {
        if (service.Backend?.Nodes is not { } nodes || hosts.IsEmpty || TlsParameters.Read(service.Parameters) is not { Custom: not null } tls)
        {
            return null;
        }

        // The deployment's name, which is not known yet, stands before the @ and so in no certificate.
        return CertificateOrders.Of(
            service.Name,
            tls,
            hosts.Select((host, index) => new CertificateMember(
                host, nodes.NodeName(service.Name, host.Name), service.ClientName(host, index))));
    }

    // For an external broker clients have files and brokers have not.
    private async Task CheckClientAsync(ServiceDraft service, CancellationToken cancellationToken)
    {
        if (service.Backend is not { Capabilities.IsDeployed: false } || !service.UsesTls)
        {
            return;
        }

        CustomCertificateFile?[] files = new CustomCertificateFile?[3];
        foreach ((int index, string name) in ((string[])[TlsParameters.Authority, TlsParameters.ClientCertificate, TlsParameters.ClientKey]).Index())
        {
            files[index] = TlsParameters.PathOf(service.Parameters, name) is { } path
                ? await CustomCertificateFile.ReadAsync(path, cancellationToken).ConfigureAwait(false)
                : null;
        }

        Report(service, CustomCertificates.CheckClient(files[0], files[1], files[2], clock.GetUtcNow()));
    }

    private void Report(ServiceDraft service, ImmutableArray<CustomCertificateProblem> found)
    {
        foreach (CustomCertificateProblem problem in found)
        {
            ParameterValue parameter = service.Parameters[NameOf(problem.Role)];
            SourcePlace? place = parameter.Place ?? service.Parameters[TlsParameters.Certificate].Place;
            problems.Add(place, $"{parameter.Name}: {problem.Problem.What}", problem.Problem.Why, problem.Problem.Next);
        }
    }

    // The parameter that names a file of this role.
    private static string NameOf(CustomCertificateRole role) => role switch
    {
        CustomCertificateRole.Certificate => TlsParameters.Certificate,
        CustomCertificateRole.Key => TlsParameters.Key,
        CustomCertificateRole.Authority => TlsParameters.Authority,
        CustomCertificateRole.ClientCertificate => TlsParameters.ClientCertificate,
        _ => TlsParameters.ClientKey,
    };
}

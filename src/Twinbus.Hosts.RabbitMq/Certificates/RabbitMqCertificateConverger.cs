using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Platform;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Hosts.RabbitMq.Certificates;

/// <summary>Lets a running node read its certificate files again when it shows other ones than it has.</summary>
internal sealed class RabbitMqCertificateConverger : Converger<RabbitMqCertificateResource>
{
    // Erlang keeps what it read of PEM files for all TLS of the node, listeners and distribution alike.
    private const string ReadAgain = "ssl:clear_pem_cache().";

    public override ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Outcome.UpToDate);

    protected override async ValueTask<Outcome> ReadAsync(
        RabbitMqCertificateResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (context.IsPending(ServiceResource.KindName, resource.Unit))
        {
            return Outcome.UpToDate with { Detail = "read when its broker starts" };
        }

        if (await GreetAsync(resource, context, cancellationToken).ConfigureAwait(false) is { } shown)
        {
            return Outcome.Of([.. Differences(resource, shown)]);
        }

        return context.Changes
            ? throw Failure(resource, "Nobody listens there.")
            : Outcome.UpToDate with { Detail = "not readable before its broker is up" };
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        RabbitMqCertificateResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        var result = await RabbitMqCommandLine.Of(resource.Node, ["eval", ReadAgain]).RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw Failure(resource, $"It could not be told to read its certificate files again: {result.Tail(5)}");
        }

        var shown = await GreetAsync(resource, context, cancellationToken).ConfigureAwait(false);
        if (shown is null || Differences(resource, shown).Any())
        {
            throw Failure(resource, "It was told to read its certificate files again and goes on with others.");
        }

        return found;
    }

    // It is a state of the running broker and goes with it.
    protected override LedgerEntry? Remember(RabbitMqCertificateResource resource) => null;

    private static IEnumerable<string> Differences(RabbitMqCertificateResource resource, TlsProbe shown)
    {
        if (shown.Sha256 != resource.Sha256)
        {
            yield return $"certificate {shown.Sha256[..16]} -> {resource.Sha256[..16]}";
        }

        // Whether clients are asked at all is configuration, and a restart's work.
        if (resource.ClientAuthorities is { } authorities && shown.Sha256 == resource.Sha256 && !shown.ClientAuthorities.SetEquals(authorities))
        {
            yield return "the authorities that clients come from differ";
        }
    }

    private static async Task<TlsProbe?> GreetAsync(
        RabbitMqCertificateResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await TlsProbe.ReadAsync(resource.Address, resource.Port, resource.Sha256, context.Clock, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Failure(resource, e.Message, e);
        }
    }

    private static HostException Failure(RabbitMqCertificateResource resource, string why, Exception? inner = null) => new(
        HostFailureReason.Broker,
        $"Broker {resource.Instance} does not show its certificate on {resource.Address}:{resource.Port}.",
        why,
        "Look at its log, then run this again; what is done already stays.",
        inner);
}

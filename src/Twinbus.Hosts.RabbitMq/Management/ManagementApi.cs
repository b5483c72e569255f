using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>A broker as its management API on loopback shows it.</summary>
internal sealed class ManagementApi : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly RabbitMqManagement management;
    private readonly TimeProvider clock;
    private readonly HttpClient client;
    private (ManagementAccess Access, Definitions? Definitions)? read;
    private bool startAwaited;

    public ManagementApi(RabbitMqManagement management, TimeProvider clock)
    {
        this.management = management;
        this.clock = clock;
        var credentials = Encoding.UTF8.GetBytes($"{management.UserName}:{management.Password.Reveal()}");
        client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{management.Port}/api/"),
            Timeout = TimeSpan.FromSeconds(30),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
    }

    /// <summary>Whether the administrator had to be made anew through Erlang distribution in this run.</summary>
    public bool AdministratorRepaired { get; private set; }

    /// <summary>What the last reading met.</summary>
    public ManagementAccess LastAccess => read?.Access ?? ManagementAccess.Down;

    /// <summary>What the broker holds; read once until something is changed. Null definitions unless access is open.</summary>
    public async ValueTask<(ManagementAccess Access, Definitions? Definitions)> ReadAsync(CancellationToken cancellationToken)
    {
        read ??= await FetchAsync(cancellationToken).ConfigureAwait(false);
        return read.Value;
    }

    /// <summary>What the broker holds, once it answers; an administrator that is refused is repaired first.</summary>
    public async ValueTask<Definitions> OpenAsync(CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            switch (await ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                case (ManagementAccess.Open, { } definitions):
                    return definitions;
                case (ManagementAccess.Refused, _) when !startAwaited && management.Node is { } node:
                    await AwaitStartAsync(node, cancellationToken).ConfigureAwait(false);
                    break;
                case (ManagementAccess.Refused, _) when !AdministratorRepaired:
                    await RepairAdministratorAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case (ManagementAccess.Refused, _):
                    throw Failure("Its management API refuses Twinbus's administrator even after it was made anew.");
                case var _ when clock.GetElapsedTime(start) > Timeout:
                    throw Failure($"Its management API on 127.0.0.1:{management.Port} does not answer.");
                default:
                    await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
                    break;
            }

            read = null;
        }
    }

    /// <summary>Reads something else than definitions; null when nobody answers, or Twinbus's administrator is refused.</summary>
    /// <param name="path">Below <c>/api/</c>.</param>
    /// <param name="type">Its shape. A health check that fails answers with 503 and is read as well.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async ValueTask<T?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var response = await client.GetAsync(path, cancellationToken).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK || (response.StatusCode == HttpStatusCode.ServiceUnavailable && path.StartsWith("health/", StringComparison.Ordinal))
                ? await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw Failure($"GET {path}: {e.Message}", e);
        }
    }

    /// <summary>Puts an entity; what was read is forgotten.</summary>
    /// <param name="path">Below <c>/api/</c>, its parts escaped (<see cref="Segment"/>).</param>
    /// <param name="body">Writes the JSON body.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task PutAsync(string path, Action<Utf8JsonWriter> body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(Json(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await SendAsync(HttpMethod.Put, path, content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for something to be done; what was read is forgotten.</summary>
    public Task PostAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, content: null, cancellationToken);

    /// <summary>Deletes an entity; one that is gone already is no error.</summary>
    public Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, path, content: null, cancellationToken);

    /// <summary>One part of a path, escaped: a virtual host's name is often a slash.</summary>
    public static string Segment(string name) => Uri.EscapeDataString(name);

    public void Dispose() => client.Dispose();

    private async Task<(ManagementAccess Access, Definitions? Definitions)> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync("definitions", cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                return (ManagementAccess.Refused, null);
            }

            if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InternalServerError)
            {
                return (ManagementAccess.Down, null);
            }

            response.EnsureSuccessStatusCode();
            var definitions = await response.Content.ReadFromJsonAsync(ManagementJson.Default.Definitions, cancellationToken)
                .ConfigureAwait(false);
            return (ManagementAccess.Open, definitions);
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            return (ManagementAccess.Down, null);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw Failure(e.Message, e);
        }
    }

    private async Task SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        read = null;
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // What was sent is awaited, whoever is gone meanwhile: a broker drops what it is at when the connection closes, and a
            // virtual host that was made by half is down on some members for good. The client's timeout bounds it.
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await client.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode && !(method == HttpMethod.Delete && response.StatusCode == HttpStatusCode.NotFound))
            {
                var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
                throw Failure($"{method} {path} was answered with {(int)response.StatusCode}: {Reason(text)}");
            }
        }
        catch (HttpRequestException e)
        {
            throw Failure($"{method} {path}: {e.Message}", e);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw Failure($"{method} {path} was not answered within {client.Timeout.TotalSeconds:0} s.", e);
        }
    }

    // A node listens, with its management API as well, a moment before it has loaded its definitions: whoever comes in between
    // is refused although nothing is wrong.
    private async Task AwaitStartAsync(RabbitMqNode node, CancellationToken cancellationToken)
    {
        var result = await RabbitMqCommandLine.Of(node, ["await_startup", "--timeout", "60"]).RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw Failure($"Twinbus's administrator is refused, and the node does not finish its start: {result.Tail(5)}");
        }

        startAwaited = true;
    }

    private async Task RepairAdministratorAsync(CancellationToken cancellationToken)
    {
        if (management.Node is not { } node)
        {
            throw Failure($"It refuses Twinbus's administrator {management.UserName}: the user is gone or has another password.");
        }

        var hash = PasswordHash.Of(management.Password, RandomNumberGenerator.GetBytes(4));
        var definitions = Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("users");
            json.WriteStartObject();
            json.WriteString("name", management.UserName);
            json.WriteString("password_hash", hash);
            json.WriteString("hashing_algorithm", PasswordHash.Algorithm);
            json.WriteString("tags", "administrator");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        });
        var result = await RabbitMqCommandLine.Of(node, ["import_definitions"], Encoding.UTF8.GetString(definitions)).RunAsync(cancellationToken)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw Failure($"Twinbus's administrator is refused, and could not be made anew: {result.Tail(12)}");
        }

        AdministratorRepaired = true;
    }

    private static byte[] Json(Action<Utf8JsonWriter> body)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            body(writer);
        }

        return buffer.ToArray();
    }

    private static string Reason(string text)
    {
        try
        {
            var refusal = JsonSerializer.Deserialize(text, ManagementJson.Default.Refusal);
            return refusal is null ? text : $"{refusal.Error} {refusal.Reason}".Trim();
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private HostException Failure(string why, Exception? inner = null) => new(
        HostFailureReason.Broker,
        $"Broker {management.Instance} could not be brought to what the plan says.",
        why,
        "Look at its log, then run this again; what is done already stays.",
        inner);
}

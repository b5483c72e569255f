using System.Collections.Immutable;
using System.Security.Cryptography;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class CustomCertificatesTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly CustomCertificateFiles Custom = new() { Certificate = "/pki/rpc.crt", Key = "/pki/rpc.key", Authority = "/pki/ca.crt" };

    private readonly Workshop workshop = new();
    private readonly ForeignAuthority authority = new("Foreign Root");
    private readonly Dictionary<string, CustomCertificateFile> files = [];
    private InstanceTls tls = new() { Custom = Custom };

    public CustomCertificatesTests()
    {
        KeyedCertificate pair = authority.Issue(new ForeignRequest { Names = ["node1"] });
        Put("/pki/rpc.crt", pair.Certificate);
        Put("/pki/rpc.key", pair.Key.Reveal());
        Put("/pki/ca.crt", authority.Pem);
    }

    [Fact]
    public void GoodFilesAreUsedAsTheyAre()
    {
        Assert.Empty(Check(out InstanceCertificates certificates));

        Assert.Equal(files["/pki/rpc.crt"].Content.Reveal(), certificates.Hosts["node1"].Certificate);
        Assert.Equal(files["/pki/rpc.key"].Content, certificates.Hosts["node1"].Key);
        Assert.Equal(authority.Pem, certificates.Trusted);
        Assert.Equal(CertificateAuthority.None, certificates.Authority);
    }

    [Fact]
    public void ChainMayGoThroughIntermediateAuthoritiesInTheCertificateFile()
    {
        ForeignAuthority intermediate = authority.IssueAuthority("Foreign Intermediate");
        KeyedCertificate pair = intermediate.Issue(new ForeignRequest { Names = ["node1"] });
        Put("/pki/rpc.crt", pair.Certificate + intermediate.Pem);
        Put("/pki/rpc.key", pair.Key.Reveal());

        Assert.Empty(Check(out InstanceCertificates certificates));
        Assert.Equal(pair.Certificate + intermediate.Pem, certificates.Hosts["node1"].Certificate);
    }

    [Fact]
    public void EachHostMayHaveFilesOfItsOwn()
    {
        tls = tls with { Custom = Custom with { Certificate = "/pki/{host}.crt", Key = "/pki/{host}.key" } };
        foreach (string host in (string[])["node1", "node2"])
        {
            KeyedCertificate pair = authority.Issue(new ForeignRequest { Names = [host] });
            Put($"/pki/{host}.crt", pair.Certificate);
            Put($"/pki/{host}.key", pair.Key.Reveal());
        }

        Assert.Empty(Check(out InstanceCertificates certificates, "node1", "node2"));
        Assert.NotEqual(certificates.Hosts["node1"], certificates.Hosts["node2"]);
    }

    [Fact]
    public void WildcardIsGoodForTheHostsBelowIt()
    {
        PutPair(new ForeignRequest { Names = ["*.cloud.example"] });

        Assert.Empty(Check(out _, "a.cloud.example", "b.cloud.example"));
    }

    [Fact]
    public void RsaKeysInEitherFormAreTaken()
    {
        using RSA key = RSA.Create(2048);
        PutPair(new ForeignRequest { Names = ["node1"], Key = key });
        Assert.Empty(Check(out _));

        Put("/pki/rpc.key", key.ExportRSAPrivateKeyPem());
        Assert.Empty(Check(out _));
    }

    [Fact]
    public void ClientCertificateIsTakenWhenClientsAreVerified()
    {
        KeyedCertificate client = authority.Issue(new ForeignRequest { Usage = "1.3.6.1.5.5.7.3.2" });
        tls = tls with { VerifyClients = true, Custom = Custom with { ClientCertificate = "/pki/client.crt", ClientKey = "/pki/client.key" } };
        Put("/pki/client.crt", client.Certificate);
        Put("/pki/client.key", client.Key.Reveal());

        Assert.Empty(Check(out InstanceCertificates certificates));
        Assert.Equal(client, certificates.Client);
    }

    public static TheoryData<string> BadFiles => [.. BadFileCorpus.Cases.Keys];

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void BadFileIsToldByNameWithReasonAndWayOut(string name)
    {
        using BadFileCorpus corpus = new(authority, files, tls);
        tls = BadFileCorpus.Cases[name](corpus);

        ImmutableArray<CustomCertificateProblem> problems = Check(out _);

        Assert.NotEmpty(problems);
        GoldenFile.Matches(string.Concat(problems.Select(problem => $"{problem.Role}: {problem.Problem}\n")), $"custom/{name}.txt");
    }

    [Fact]
    public void EveryProblemIsToldAtOnce()
    {
        PutPair(new ForeignRequest { Names = ["other"], Ends = Workshop.Beginning.AddDays(-1) });
        Put("/pki/rpc.key", files["/pki/rpc.key"].Content.Reveal(), OwnerOnly | UnixFileMode.OtherRead);
        Put("/pki/ca.crt", new ForeignAuthority("Another Root").Pem);

        Assert.Equal(
            [CustomCertificateRole.Key, CustomCertificateRole.Certificate, CustomCertificateRole.Certificate, CustomCertificateRole.Certificate],
            Check(out _).Select(problem => problem.Role));
    }

    [Fact]
    public void ProblemsHoldNothingOfAKey()
    {
        string key = files["/pki/rpc.key"].Content.Reveal();
        Put("/pki/rpc.crt", key);
        Put("/pki/ca.crt", key);

        string text = string.Join('\n', Check(out _).Select(problem => problem.ToString()));

        Assert.All(key.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('-')), line => Assert.DoesNotContain(line, text));
        Assert.DoesNotContain(key[40..60], files["/pki/rpc.key"].ToString());
    }

    [Fact]
    public async Task FilesAreReadWithTheirModes()
    {
        using TemporaryDirectory directory = new();
        string certificate = directory.Write("node1.crt", files["/pki/rpc.crt"].Content.Reveal());
        string key = directory.Write("node1.key", files["/pki/rpc.key"].Content.Reveal());
        File.SetUnixFileMode(key, OwnerOnly | UnixFileMode.OtherRead);
        CustomCertificateFiles given = new() { Certificate = directory["{host}.crt"], Key = key, Authority = directory["absent"], ClientCertificate = directory.Path };
        CertificateOrder order = Workshop.Order(new InstanceTls { Custom = given }, "node1");

        ImmutableDictionary<string, CustomCertificateFile> read = await CustomCertificates.ReadAsync(order, TestContext.Current.CancellationToken);

        Assert.Equal(files["/pki/rpc.crt"].Content, read[certificate].Content);
        Assert.Equal(OwnerOnly | UnixFileMode.OtherRead, read[key].Mode);
        Assert.Equal("there is no such file", read[directory["absent"]].Failure);
        Assert.Equal("it is a directory", read[directory.Path].Failure);
    }

    private ImmutableArray<CustomCertificateProblem> Check(out InstanceCertificates certificates, params string[] hosts) => CustomCertificates.Check(
        Workshop.Order(tls, hosts.Length > 0 ? hosts : ["node1"]), files.ToImmutableDictionary(), workshop.Now, out certificates);

    private void PutPair(ForeignRequest request)
    {
        KeyedCertificate pair = authority.Issue(request);
        Put("/pki/rpc.crt", pair.Certificate);
        Put("/pki/rpc.key", pair.Key.Reveal());
    }

    private void Put(string path, string content, UnixFileMode mode = OwnerOnly) =>
        files[path] = new CustomCertificateFile(path, new Secret(content), mode);
}

using System.Collections;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Twinbus.Deployment.Certificates;

/// <summary>The certificates of one PEM text, opened; disposed of together.</summary>
internal sealed class CertificateList : IReadOnlyList<X509Certificate2>, IDisposable
{
    private readonly List<X509Certificate2> certificates = [];

    private CertificateList(string pem) => Pem = pem;

    public string Pem { get; }

    public int Count => certificates.Count;

    public X509Certificate2 this[int index] => certificates[index];

    /// <summary>Opens all of <paramref name="pems"/>; null when one of them, number <paramref name="damaged"/> from 0, cannot be read.</summary>
    public static CertificateList? TryParse(ImmutableArray<string> pems, out int damaged)
    {
        CertificateList list = new(string.Concat(pems));
        for (damaged = 0; damaged < pems.Length; damaged++)
        {
            try
            {
                list.certificates.Add(X509Certificate2.CreateFromPem(pems[damaged]));
            }
            catch (CryptographicException)
            {
                list.Dispose();
                return null;
            }
        }

        return list;
    }

    public IEnumerator<X509Certificate2> GetEnumerator() => certificates.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => certificates.ForEach(certificate => certificate.Dispose());
}

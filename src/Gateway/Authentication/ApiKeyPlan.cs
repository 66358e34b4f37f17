using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace EventGateway.Gateway.Authentication;

/// <summary>The clients that are known by a key, and the header in which they send it.</summary>
internal sealed record ApiKeyPlan(string Header, IReadOnlyList<ApiKeyClient> Clients)
{
    /// <summary>The client whose key this is; null if it is nobody's.</summary>
    public ApiKeyClient? Find(string key)
    {
        if (key.Length == 0)
        {
            return null;
        }

        // Every hash is compared, and whole: how long it takes tells neither how much of a guess was right nor whose key it was. Kestrel
        // reads headers as Latin-1, which gives the client's bytes back.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.Latin1.GetBytes(key), hash);
        ApiKeyClient? found = null;
        foreach (var client in Clients)
        {
            foreach (var known in client.Hashes)
            {
                if (CryptographicOperations.FixedTimeEquals(hash, known))
                {
                    found = client;
                }
            }
        }

        return found;
    }
}

/// <summary>A client that is known by a key: the hashes of the keys that it may send, and who it then is.</summary>
internal sealed record ApiKeyClient(string Name, IReadOnlyList<byte[]> Hashes, ClaimsIdentity Identity);

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EventGateway.Gateway.Authentication;

namespace EventGateway.Gateway.RateLimiting;

/// <summary>
/// Which client a request counts for, in 16 bytes: what a stranger sends, however long, takes no more memory than that.
/// </summary>
internal static class PartitionKey
{
    /// <summary>Of all who show nothing by which to tell them apart: they share one budget.</summary>
    public static UInt128 Nobody => UInt128.MaxValue;

    public static UInt128 Of(HttpContext context, RateLimiterPlan plan) => plan.PartitionBy switch
    {
        RateLimiterPartition.ClientAddress => Of(context.Connection.RemoteIpAddress),
        RateLimiterPartition.ApiKey => Of(ClientClaims.ApiClientOf(context.User) ?? ""),
        RateLimiterPartition.Subject => Of(ClientClaims.SubjectOf(context.User)),
        RateLimiterPartition.Header => Of(context.Request.Headers[plan.Header!].ToString()),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.PartitionBy, null),
    };

    /// <summary>An IPv4 address; of an IPv6 address the first half, the network: its owner has 2^64 addresses to choose from.</summary>
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
        {
            return Nobody;
        }

        // The listener has IPv4 clients as ::ffff:a.b.c.d: all of them are in the same /64.
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return address.AddressFamily == AddressFamily.InterNetwork ? MappedIPv4(bytes[..length])
            : address.IsIPv4MappedToIPv6 ? MappedIPv4(bytes[12..])
            : new UInt128(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }

    // Two issuers may each have a subject of the same name.
    private static UInt128 Of((string Issuer, string Subject)? owner) => owner is var (issuer, subject) ? Of($"{issuer}\n{subject}") : Nobody;

    private static UInt128 Of(string text)
    {
        if (text.Length == 0)
        {
            return Nobody;
        }

        // Not string.GetHashCode: who finds two texts with the same key can use up the budget of another.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static UInt128 MappedIPv4(ReadOnlySpan<byte> address) => new(0, 0xffff_0000_0000UL | BinaryPrimitives.ReadUInt32BigEndian(address));
}

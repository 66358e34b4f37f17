using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>An answer that may serve others. Immutable.</summary>
internal sealed class StoredAnswer
{
    private const int TagBytes = 12;

    private readonly TimeProvider _time;
    private readonly Storage _storage;
    private readonly long _since;

    private StoredAnswer(
        Storage storage, UInt128 key, IReadOnlyList<KeyValuePair<string, StringValues>> headers, byte[] body, long? length, bool isHead, TimeProvider time)
    {
        _time = time;
        _storage = storage;
        _since = time.GetTimestamp();
        Key = key;
        Body = body;
        Length = length;
        var all = headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        all.TryAdd(HeaderNames.Date, time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture));
        if (!all.TryGetValue(HeaderNames.ETag, out var tag) && !isHead)
        {
            all[HeaderNames.ETag] = tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, TagBytes))}\"";
        }

        Headers = [.. all];
        ETag = EntityTagHeaderValue.TryParse(tag.ToString(), out var parsed) ? parsed : null;
        LastModified = all.TryGetValue(HeaderNames.LastModified, out var text) && HeaderUtilities.TryParseDate(text.ToString(), out var date) ? date : null;
    }

    /// <summary>Of the requests that it answers.</summary>
    public UInt128 Key { get; }

    public IReadOnlyList<string> VaryBy => _storage.VaryBy;

    public IReadOnlyList<KeyValuePair<string, StringValues>> Headers { get; }

    public byte[] Body { get; }

    /// <summary>Bytes of the body, also where only its head is known; null where that doesn't say.</summary>
    public long? Length { get; }

    public EntityTagHeaderValue? ETag { get; }

    public DateTimeOffset? LastModified { get; }

    /// <summary>When it can't serve any more, as a timestamp of the clock.</summary>
    public long Until => _since + (long)((_storage.Lifetime + _storage.StaleFor).TotalSeconds * _time.TimestampFrequency);

    public TimeSpan Age => _storage.Age + Resident;

    /// <summary>How long it is fresh; negative when it no longer is.</summary>
    public TimeSpan TimeToLive => _storage.Lifetime - Resident;

    public bool IsFresh => TimeToLive > TimeSpan.Zero;

    /// <summary>Whether it may serve where the upstream fails.</summary>
    public bool MayServeStale => !IsFresh && TimeToLive + _storage.StaleFor > TimeSpan.Zero;

    private TimeSpan Resident => _time.GetElapsedTime(_since);

    /// <summary>An answer to GET, which serves HEAD as well.</summary>
    public static StoredAnswer Of(Storage storage, UInt128 key, IReadOnlyList<KeyValuePair<string, StringValues>> headers, byte[] body, TimeProvider time) =>
        new(storage, key, headers, body, body.Length, isHead: false, time);

    /// <summary>One to HEAD, which serves nothing else.</summary>
    public static StoredAnswer OfHead(Storage storage, UInt128 key, IReadOnlyList<KeyValuePair<string, StringValues>> headers, long? length, TimeProvider time) =>
        new(storage, key, headers, [], length, isHead: true, time);
}

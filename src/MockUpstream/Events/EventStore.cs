using System.Buffers;
using System.Text.Json;

namespace EventGateway.MockUpstream.Events;

/// <summary>The users and events of the original mock, and the events that were added. Answers are UTF-8 JSON.</summary>
internal sealed class EventStore
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, User> _users = [];     // guarded by _gate
    private readonly OrderedDictionary<string, byte[]> _events = [];  // guarded by _gate; values are the events as they came

    public EventStore() => Reset();

    public void Reset()
    {
        lock (_gate)
        {
            _users.Clear();
            _users["1"] = new User("user1", 1, "hello@gmail.com", "event-1", "event-3");
            _users["2"] = new User("user2", 2, "hello2@gmail.com", "event-2");
            _users["3"] = new User("user3", 3, "hello3@gmail.com", "event-4");
            _events.Clear();
            _events["event-1"] = """{"id":1,"name":"Event 1","userId":1,"details":"This is the first event"}"""u8.ToArray();
            _events["event-2"] = """{"id":2,"name":"Event 2","userId":2,"details":"This is the first event"}"""u8.ToArray();
            _events["event-3"] = """{"id":3,"name":"Event 1","userId":1,"details":"This is the first event"}"""u8.ToArray();
            _events["event-4"] = """{"id":4,"name":"Event 4","userId":3,"details":"This is the first event"}"""u8.ToArray();
        }
    }

    public ReadOnlyMemory<byte> Users() => Write(json =>
    {
        json.WriteStartArray();
        foreach (var user in _users.Values)
        {
            user.WriteTo(json);
        }

        json.WriteEndArray();
    });

    public ReadOnlyMemory<byte> Events() => Write(json =>
    {
        json.WriteStartArray();
        foreach (var stored in _events.Values)
        {
            json.WriteRawValue(stored, skipInputValidation: true);
        }

        json.WriteEndArray();
    });

    /// <summary>The user, or nothing: the event API answers for an unknown id with an empty body.</summary>
    public ReadOnlyMemory<byte> UserById(string id) => Write(json => _users.GetValueOrDefault(id)?.WriteTo(json));

    /// <inheritdoc cref="UserById"/>
    public ReadOnlyMemory<byte> EventById(string id)
    {
        lock (_gate)
        {
            return _events.GetValueOrDefault(id);
        }
    }

    /// <summary>Stores the event and adds its id to its user's. False: no such user, and nothing was stored.</summary>
    public bool TryAdd(NewEvent added)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(added.UserId, out var user))
            {
                return false;
            }

            _events[added.Id] = added.Json;
            user.EventIds.Add(added.IdJson);
            return true;
        }
    }

    private ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        lock (_gate)
        {
            write(json);
        }

        json.Flush();
        return buffer.WrittenMemory;
    }

    private sealed class User(string userName, int id, string email, params IEnumerable<string> events)
    {
        /// <summary>As JSON, because an added event's id may be a number or a string.</summary>
        public List<byte[]> EventIds { get; } = [.. events.Select(e => JsonSerializer.SerializeToUtf8Bytes(e))];

        public void WriteTo(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("userName", userName);
            json.WriteNumber("id", id);
            json.WriteString("email", email);
            json.WriteStartArray("events");
            foreach (var eventId in EventIds)
            {
                json.WriteRawValue(eventId, skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}

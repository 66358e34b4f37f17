using System.Text;
using System.Text.Json;

namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Reads the operator's JSON into <see cref="SettingsNode"/>s that know their line and column. Comments are allowed;
/// trailing commas and repeated members are not.
/// </summary>
internal static class SettingsFile
{
    private static readonly JsonReaderOptions ReaderOptions = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Returns null, and says why in <paramref name="problems"/>, when the text is no JSON object.</summary>
    public static SettingsNode? Parse(string name, ReadOnlySpan<byte> utf8, ProblemList problems)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        var reader = new JsonReader(name, utf8, problems);
        try
        {
            return reader.ReadRoot();
        }
        catch (JsonException e)
        {
            // The reader counts lines and bytes from zero; editors count from one.
            problems.Error(
                SettingsOrigin.InFile(name, (int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1),
                $"this is no valid JSON: {FirstSentence(e.Message)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            problems.Error(reader.Position(), "this text is not UTF-8, or has half a surrogate pair.");
            return null;
        }
    }

    // The rest is about the reader's options, and a place that counts from zero.
    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..(end + 1)]).Replace(" which is not supported in this mode", "", StringComparison.Ordinal);
    }

    private ref struct JsonReader(string name, ReadOnlySpan<byte> utf8, ProblemList problems)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private Utf8JsonReader _reader = new(utf8, ReaderOptions);
        private int _line = 1;
        private int _lineStart;
        private int _counted;

        public SettingsNode? ReadRoot()
        {
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.StartObject)
            {
                problems.Error(Position(), "the file must hold one JSON object.");
                return null;
            }

            var root = ReadNode("");
            _reader.Read();   // throws when anything follows
            return root;
        }

        private SettingsNode ReadNode(string path)
        {
            var origin = Position();
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return ReadObject(path, origin);
                case JsonTokenType.StartArray:
                    return ReadList(path, origin);
                case JsonTokenType.String:
                    return new SettingsNode(path, origin) { Value = _reader.GetString() };
                case JsonTokenType.Null:
                    return new SettingsNode(path, origin);
                default:   // numbers keep their text; true and false are theirs
                    return new SettingsNode(path, origin) { Value = Encoding.UTF8.GetString(_reader.ValueSpan) };
            }
        }

        private SettingsNode ReadObject(string path, SettingsOrigin origin)
        {
            var node = new SettingsNode(path, origin) { Kind = SettingsKind.Object };
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
            {
                var key = _reader.GetString()!;
                var keyOrigin = Position();
                _reader.Read();
                if (node[key] is not null)
                {
                    problems.Error(new SettingsPlace(keyOrigin, node.PathOf(key)), "this member stands here twice.");
                }

                node.Set(key, ReadNode(node.PathOf(key)));
            }

            return node;
        }

        private SettingsNode ReadList(string path, SettingsOrigin origin)
        {
            var node = new SettingsNode(path, origin) { Kind = SettingsKind.List };
            for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
            {
                var index = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
                node.Set(index, ReadNode(node.PathOf(index)));
            }

            return node;
        }

        public SettingsOrigin Position()
        {
            var at = (int)_reader.TokenStartIndex;
            for (; _counted < at; _counted++)
            {
                if (_utf8[_counted] == (byte)'\n')
                {
                    _line++;
                    _lineStart = _counted + 1;
                }
            }

            return SettingsOrigin.InFile(name, _line, at - _lineStart + 1);
        }
    }
}

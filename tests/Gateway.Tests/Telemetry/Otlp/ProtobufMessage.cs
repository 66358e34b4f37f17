using System.Buffers.Binary;
using System.Text;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

/// <summary>A protobuf message, taken apart by field numbers: as much of the format as OTLP uses.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, ulong Value, byte[] Bytes)> _fields = [];

    private ProtobufMessage(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var key = ReadVarint(ref bytes);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((number, ReadVarint(ref bytes), []));
                    break;
                case 1:
                    _fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(bytes), []));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)ReadVarint(ref bytes);
                    _fields.Add((number, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(bytes), []));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new FormatException($"Wire type {key & 7} of field {number}.");
            }
        }
    }

    public static ProtobufMessage Parse(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>The messages in this repeated field, and in the fields below it.</summary>
    public IEnumerable<ProtobufMessage> All(int number, params int[] below)
    {
        var found = _fields.Where(f => f.Number == number).Select(f => Parse(f.Bytes));
        return below.Length == 0 ? found : found.SelectMany(f => f.All(below[0], below[1..]));
    }

    public bool Has(int number) => _fields.Exists(f => f.Number == number);

    public byte[] Bytes(int number) => _fields.Find(f => f.Number == number).Bytes ?? [];

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    public ulong Number(int number) => _fields.Find(f => f.Number == number).Value;

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}

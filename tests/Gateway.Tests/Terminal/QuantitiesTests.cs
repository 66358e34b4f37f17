using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Tests.Terminal;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("00:00:00", "0 s")]
    [InlineData("00:00:00.001", "1 ms")]
    [InlineData("00:00:00.250", "250 ms")]
    [InlineData("00:00:01.500", "1.5 s")]
    [InlineData("00:00:30", "30 s")]
    [InlineData("00:01:00", "60 s")]
    [InlineData("00:01:30", "90 s")]
    [InlineData("00:02:00", "2 min")]
    [InlineData("00:02:30", "150 s")]
    [InlineData("01:00:00", "1 h")]
    [InlineData("01:30:00", "90 min")]
    [InlineData("1.00:00:00", "24 h")]
    public void Duration_AsText_HasTheUnitInWhichItIsEven(string duration, string text) =>
        Assert.Equal(text, TimeSpan.Parse(duration, null).ToText());

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1000, "1 000 bytes")]
    [InlineData(65536, "64 KiB")]
    [InlineData(1048576, "1 MiB")]
    [InlineData(1073741824, "1 024 MiB")]
    public void Bytes_AsText_AreWholeUnits(long bytes, string text) => Assert.Equal(text, Quantities.BytesToText(bytes));

    [Theory]
    [InlineData(1, "1 call")]
    [InlineData(0, "0 calls")]
    [InlineData(12345, "12 345 calls")]
    public void Number_OfSomething_AgreesWithIt(int number, string text) => Assert.Equal(text, number.Of("call"));
}

using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration;

public class NamedFileTests
{
    [Fact]
    public void Read_DeviceWithoutAnEnd_IsTooLarge()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "This system has no /dev/zero.");
        Assert.Equal("the file has more than 1048576 bytes.", Assert.Throws<IOException>(() => NamedFile.Read("/dev/zero")).Message);
    }

    [Theory]
    [InlineData("/no/such/file")]
    [InlineData("/")]
    [InlineData("a\0b")]
    public void Read_WhatCannotBeRead_SaysSo(string path) =>
        Assert.Equal("the file isn't there or can't be read.", Assert.Throws<IOException>(() => NamedFile.Read(path)).Message);
}

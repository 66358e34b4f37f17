using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

public sealed class WatchedFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualClock _clock = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("watched-");
    private readonly ManualResetEventSlim _mount = new();   // set: it is there
    private readonly WatchedFile _file;
    private int _reads;

    public WatchedFileTests()
    {
        _file = new WatchedFile(Path.Combine(_directory.FullName, "file"), Read, _clock);
        Put("before");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _mount.Set();
        _mount.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Look_ReadThatHangs_IsUnknownAndThenAFaultAndOneReadOnly()
    {
        var began = _clock.GetTimestamp();
        while (await LookAsync() is null)
        {
            Assert.True(_clock.GetElapsedTime(began) < Patience + TimeSpan.FromSeconds(1));
        }

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"{_file.Path}: reading the file hasn't ended after 10 seconds.", (await LookAsync())?.Fault);
        }

        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task Look_ReadThatEndsAfterAll_GivesItsText()
    {
        Assert.Null(await LookAsync());
        _mount.Set();
        FileText? text;
        do
        {
            text = await LookAsync();
        }
        while (text is null);
        Assert.Equal("before"u8, text.Value.Bytes!);
    }

    [Fact]
    public async Task Look_AnotherFileInThePlaceOfOneThatHangs_IsRead()
    {
        Assert.Null(await LookAsync());
        Put("after");
        while (_reads < 2)
        {
            Assert.Null(await LookAsync());
        }

        Assert.Null(await LookAsync());
        Assert.Equal(2, _reads);   // the other one hangs as well, and is waited for
    }

    [Fact]
    public async Task Look_Stopping_WaitsForNoRead()
    {
        using var stopping = new CancellationTokenSource();
        var look = _file.LookAsync(stopping.Token);
        Assert.False(look.IsCompleted);
        await stopping.CancelAsync();
        Assert.Null(await look.InTime());
    }

    private async Task<FileText?> LookAsync()
    {
        var look = _file.LookAsync(Token);
        while (!look.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(1), Token);
        }

        return await look;
    }

    private byte[] Read(string path)
    {
        Interlocked.Increment(ref _reads);
        var text = File.ReadAllBytes(path);
        _mount.Wait(Token);
        return text;
    }

    private void Put(string text)
    {
        File.WriteAllText(_file.Path + ".new", text);
        File.SetLastWriteTimeUtc(_file.Path + ".new", new DateTime(2026, 1, 1 + text.Length, 0, 0, 0, DateTimeKind.Utc));
        File.Move(_file.Path + ".new", _file.Path, overwrite: true);
    }
}

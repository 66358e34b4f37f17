using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Tests.Wire;

namespace EventGateway.Gateway.Tests.Configuration;

public sealed class FileThreadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WhileOthersHang_HoldsUpNothing()
    {
        using var mount = new ManualResetEventSlim();
        var hanging = Enumerable.Range(0, 8).Select(_ => FileThread.Run(() => mount.Wait(TimeSpan.FromMinutes(1), Token))).ToList();
        Assert.Equal("text", await FileThread.Run(() => "text").InTime());
        Assert.All(hanging, read => Assert.False(read.IsCompleted));
        mount.Set();
        Assert.All(await Task.WhenAll(hanging).InTime(), Assert.True);
    }

    [Fact]
    public async Task Run_ByWhatFollowsAnother_IsOnTheSameThread()
    {
        using var mount = new ManualResetEventSlim();
        var chain = FollowAsync(FileThread.Run(() => mount.Wait(TimeSpan.FromMinutes(1), Token)));
        mount.Set();
        var (first, then, last) = await chain.InTime();
        Assert.Equal(first, then);
        Assert.Equal(first, last);

        static async Task<(Thread First, Thread Then, Thread Last)> FollowAsync(Task read)
        {
            await read.ConfigureAwait(false);
            var first = Thread.CurrentThread;
            var then = await FileThread.Run(() => Thread.CurrentThread).ConfigureAwait(false);
            return (first, then, await FileThread.Run(() => Thread.CurrentThread).ConfigureAwait(false));
        }
    }

    // A look may go on for long, where it takes up what it has seen: another file's isn't kept waiting by that.
    [Fact]
    public async Task Run_WhileWhatFollowsAnotherIsBusy_HoldsUpNothing()
    {
        using var mount = new ManualResetEventSlim();
        using var work = new ManualResetEventSlim();
        var chain = FollowAsync(FileThread.Run(() => mount.Wait(TimeSpan.FromMinutes(1), Token)));
        mount.Set();
        Assert.Equal("text", await FileThread.Run(() => "text").InTime());
        Assert.False(chain.IsCompleted);
        work.Set();
        Assert.True(await chain.InTime());

        async Task<bool> FollowAsync(Task read)
        {
            await read.ConfigureAwait(false);
            return work.Wait(TimeSpan.FromMinutes(1), Token);
        }
    }

    [Fact]
    public async Task Run_ActionThatThrows_TellsItAndTheThreadLives()
    {
        var failure = await Assert.ThrowsAsync<IOException>(() => FileThread.Run<int>(() => throw new IOException("gone")).InTime());
        Assert.Equal("gone", failure.Message);
        Assert.Equal(1, await FileThread.Run(() => 1).InTime());
    }
}

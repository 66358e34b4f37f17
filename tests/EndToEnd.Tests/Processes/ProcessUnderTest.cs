using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>A running program, and what it says. It doesn't outlive the test.</summary>
internal sealed class ProcessUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly bool _keepsDirectory;

    private ProcessUnderTest(Process process, DirectoryInfo directory, bool keepsDirectory)
    {
        _process = process;
        _keepsDirectory = keepsDirectory;
        Directory = directory;
        Output = new ProcessLines(process.StandardOutput);
        Errors = new ProcessLines(process.StandardError);
    }

    /// <summary>Its working directory.</summary>
    public DirectoryInfo Directory { get; }

    public ProcessLines Output { get; }

    public ProcessLines Errors { get; }

    public static ProcessUnderTest Start(Launch launch)
    {
        var directory = launch.Directory ?? System.IO.Directory.CreateTempSubdirectory("process-under-test-");
        foreach (var (name, text) in launch.Files)
        {
            File.WriteAllText(Path.Combine(directory.FullName, name), text, Encoding.Latin1);
        }

        var start = new ProcessStartInfo(launch.Program, launch.Arguments)
        {
            WorkingDirectory = directory.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in launch.Variables)
        {
            start.Environment[name] = value;
        }

        return new ProcessUnderTest(Process.Start(start)!, directory, keepsDirectory: launch.Directory is not null);
    }

    /// <summary>The line of its output by which it tells that it has started.</summary>
    /// <exception cref="InvalidOperationException">It ended instead: with its exit code and its reasons.</exception>
    public async Task<string> StartedAsync(Predicate<string> match)
    {
        try
        {
            return await Output.FirstAsync(match);
        }
        catch (EndOfStreamException exception)
        {
            var ended = await WaitForExitAsync();
            throw new InvalidOperationException($"Exit code {ended.ExitCode}: {string.Join('\n', ended.Errors)}", exception);
        }
    }

    /// <summary>Asks it to end, as an orchestrator does.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <exception cref="TimeoutException">It still runs when the patience ends: a minute, if none is named.</exception>
    public async Task<Ended> WaitForExitAsync(TimeSpan? patience = null)
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(patience ?? Patience);
        await Task.WhenAll(Output.Ended, Errors.Ended).WaitAsync(Patience);
        return new Ended(_process.ExitCode, Output.All, Errors.All);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        if (!_keepsDirectory)
        {
            Directory.Delete(recursive: true);
        }
    }
}

using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;

// A short job: it tells what is allocated exactly, and how long it takes roughly. `--job medium` takes its time.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.AsDefault()).WithArtifactsPath("artifacts/bench");
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args, config);

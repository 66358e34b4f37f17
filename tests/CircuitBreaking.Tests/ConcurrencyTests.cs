using System.Collections.Concurrent;
using EventGateway.Testing;

namespace EventGateway.CircuitBreaking.Tests;

public class ConcurrencyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void TryAcquire_AHundredCallersWhenTheWaitEnds_ExactlyTheProbesPass(int probes)
    {
        const int Callers = 100;
        for (var round = 0; round < 10; round++)
        {
            var circuit = new TestCircuit(o => o.HalfOpenMaxProbes = probes);
            circuit.Trip();
            circuit.WaitOut();
            var permitted = 0;
            var rejections = new ConcurrentBag<CircuitRejection>();
            Crowd.Run(Callers, _ =>
            {
                if (circuit.Breaker.TryAcquire(out var _, out var rejection))
                {
                    Interlocked.Increment(ref permitted);
                }
                else
                {
                    rejections.Add(rejection);
                }
            });

            Assert.Equal(probes, permitted);
            Assert.Equal(Callers - probes, rejections.Count);
            Assert.All(rejections, r => Assert.Equal(new CircuitRejection(CircuitState.HalfOpen, TimeSpan.Zero), r));
            Assert.Equal(1, circuit.Breaker.GetCounts().Transitions(CircuitState.Open, CircuitState.HalfOpen, TransitionReason.WaitOver));
        }
    }

    [Fact]
    public void Override_SetEndedAndResetWhileCallsAreMade_LeavesOneStoryAndNoCallUncounted()
    {
        const int Threads = 6;
        const int Calls = 500;
        var circuit = new TestCircuit(o => o.FailureThreshold = 2);
        var passed = 0;
        Crowd.Run(Threads, i =>
        {
            for (var n = 0; n < Calls; n++)
            {
                if (i == 0)
                {
                    circuit.Breaker.Override(CircuitMode.ForcedOpen, TimeSpan.FromSeconds(1), "in turn");
                    circuit.Clock.Advance(TimeSpan.FromSeconds(1));   // it ends, and any thread may be the first to notice
                }
                else if (i == 1)
                {
                    circuit.Breaker.Reset();
                }
                else if (circuit.Breaker.TryAcquire(out var permit, out _))
                {
                    Interlocked.Increment(ref passed);
                    circuit.Breaker.Record(permit, n % 2 == 0 ? TestCircuit.Failure() : CallResult.Success);
                }
            }
        });

        Assert.Equal(CircuitMode.Automatic, circuit.Status.Mode);
        Assert.Null(circuit.Status.Override);
        var counts = circuit.Breaker.GetCounts();
        Assert.Equal(passed, counts.Calls(CallOutcome.Success, CallCause.None) + counts.Calls(CallOutcome.Failure, CallCause.Status5xx));
        Assert.All(circuit.Transitions.Index().Skip(1), t =>
            Assert.Equal((t.Index + 1, circuit.Transitions[t.Index - 1].To), (t.Item.Sequence, t.Item.From)));
    }

    [Fact]
    public void Record_ManyFailAtOnce_OpensOnce()
    {
        for (var round = 0; round < 10; round++)
        {
            var circuit = new TestCircuit();
            var permits = Enumerable.Range(0, 20).Select(_ => circuit.Acquire()).ToList();
            Crowd.Run(permits.Count, i => circuit.Breaker.Record(permits[i], TestCircuit.Failure()));

            Assert.Equal(1, circuit.Status.BackoffStep);
            Assert.Single(circuit.Transitions);
            Assert.Equal(17, circuit.Breaker.GetCounts().LateResults(CallOutcome.Failure));
        }
    }

    [Fact]
    public void Record_SameProbeFromManyThreads_CountsOnce()
    {
        var circuit = new TestCircuit(o => o.SuccessesToClose = 5);
        var probe = circuit.Probe();
        var refused = 0;
        Crowd.Run(20, _ =>
        {
            try
            {
                circuit.Breaker.Record(probe, CallResult.Success);
            }
            catch (InvalidOperationException)
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.Equal(19, refused);
        Assert.Equal(1, circuit.Breaker.GetCounts().Calls(CallOutcome.Success, CallCause.None));
    }

    [Fact]
    public void Transitioned_ManyThreadsAndAMovingClock_TellsOneAtATimeInOrderAndLosesNone()
    {
        const int Threads = 8;
        const int CallsEach = 3000;
        var circuit = new TestCircuit(o => (o.HalfOpenMaxProbes, o.SuccessesToClose) = (2, 2));
        var telling = 0;
        var overlaps = 0;
        circuit.Breaker.Transitioned += _ =>
        {
            overlaps += Interlocked.Increment(ref telling) - 1;
            Thread.Yield();
            Interlocked.Decrement(ref telling);
        };
        var heard = new List<CircuitTransition>();   // unguarded on purpose: the publisher promises one at a time
        circuit.Breaker.Transitioned += heard.Add;
        Crowd.Run(Threads, i =>
        {
            var random = new Random(i);
            for (var call = 0; call < CallsEach; call++)
            {
                circuit.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(500)));
                if (circuit.Breaker.TryAcquire(out var permit, out _))
                {
                    circuit.Breaker.Record(permit, random.Next(4) switch
                    {
                        0 => TestCircuit.Failure(),
                        1 => CallResult.Ignored(CallCause.ClientAbort),
                        _ => CallResult.Success,
                    });
                }

                Assert.InRange(circuit.Status.ProbesInFlight, 0, 2);
            }
        });

        var counts = circuit.Breaker.GetCounts();
        Assert.NotEmpty(heard);
        Assert.Equal(0, overlaps);
        Assert.Equal(Enumerable.Range(1, heard.Count), heard.Select(t => (int)t.Sequence));
        Assert.All(heard.Zip(heard.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(heard.Count, CircuitCounts.PossibleTransitions.Sum(t => counts.Transitions(t.From, t.To, t.Reason)));
        // An expired probe was counted when its lease ended, and not again when it reported: each call counts once.
        Assert.Equal(
            Threads * CallsEach,
            CircuitCounts.PossibleCalls.Sum(p => counts.Calls(p.Outcome, p.Cause))
                + CircuitCounts.PossibleRejections.Sum(counts.Rejections));
    }

    [Fact]
    public void Record_ManySucceedWhileTenthsGoBy_CountsEachCallOnce()
    {
        const int Threads = 8;
        const int CallsEach = 5000;
        for (var round = 0; round < 5; round++)
        {
            var circuit = new TestCircuit(o => o.FailureRatio = 1);   // 30 s: none of them leaves
            Crowd.Run(Threads, i =>
            {
                for (var call = 0; call < CallsEach; call++)
                {
                    circuit.Succeed();
                    if (call % 100 == 0)
                    {
                        circuit.Clock.Advance(TimeSpan.FromMilliseconds(60));
                    }
                }
            });

            Assert.Equal(new WindowTotals(Threads * CallsEach, 0, 0), circuit.Status.Window);
        }
    }

    [Fact]
    public void Record_CellsAreUsedAgain_NoCallIsCountedInAnotherTenth()
    {
        const int Threads = 4;
        var circuit = new TestCircuit(o => (o.FailureRatio, o.FailureWindow) = (1, TimeSpan.FromMilliseconds(10)));
        using var tenth = new Barrier(Threads, _ =>
        {
            Assert.InRange(circuit.Status.Window!.Value.Calls, 0, 10 * Threads * 20);
            circuit.Clock.Advance(TimeSpan.FromMilliseconds(1));
        });
        Crowd.Run(Threads, _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                circuit.Repeat(20, circuit.Succeed);
                tenth.SignalAndWait();
            }
        });

        Assert.Equal(9 * Threads * 20, circuit.Status.Window!.Value.Calls);   // the tenth that has just begun is empty
    }

    [Fact]
    public void Update_ModesAndSettingsChangeUnderLoad_EveryCallIsRejectedOrPassesAndTheHistoryIsAChain()
    {
        const int Threads = 6;
        var circuit = new TestCircuit();
        var modes = Enum.GetValues<CircuitMode>();
        Crowd.Run(Threads, i =>
        {
            var random = new Random(i);
            for (var step = 0; step < 3000; step++)
            {
                circuit.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(300)));
                if (i == 0 && step % 10 == 0)
                {
                    circuit.Breaker.Update(TestCircuit.Options(o =>
                    {
                        o.Mode = modes[random.Next(modes.Length)];
                        o.FailureRatio = random.Next(2) == 0 ? null : 0.4;
                        o.FailureWindow = TimeSpan.FromSeconds(random.Next(1, 30));
                    }));
                }

                if (circuit.Breaker.TryAcquire(out var permit, out _))
                {
                    circuit.Breaker.Record(permit, random.Next(3) == 0 ? TestCircuit.Failure() : CallResult.Success);
                }
            }
        });

        var shown = circuit.Transitions.Where(t => !t.IsSimulated).ToList();
        Assert.Contains(circuit.Transitions, t => t.IsSimulated);
        Assert.Equal(Enumerable.Range(1, circuit.Transitions.Count), circuit.Transitions.Select(t => (int)t.Sequence));
        Assert.All(shown.Zip(shown.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.All(circuit.Transitions, t => Assert.True(t.TimeInPreviousState >= TimeSpan.Zero, t.ToString()));
        var counts = circuit.Breaker.GetCounts();
        Assert.Equal(circuit.Transitions.Count, CircuitCounts.PossibleTransitions.Sum(t => counts.Transitions(t.From, t.To, t.Reason)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    [InlineData(1.0, CircuitMode.MetricsOnly)]
    public void UseOfABreaker_SomebodyHoldsTheLock_AClosedOneDoesNotNoticeIt(double? failureRatio, CircuitMode mode = CircuitMode.Automatic)
    {
        CircuitBreaker? breaker = null;
        var finished = false;
        var options = new CircuitBreakerOptions { FailureThreshold = 1, FailureRatio = failureRatio, Mode = mode };
        breaker = new CircuitBreaker("test", options, new ManualClock(), () =>
        {
            // The jitter is drawn under the lock, before the breaker opens.
            var other = new Thread(() =>
            {
                breaker!.TryAcquire(out var permit, out _);
                breaker.Record(permit, CallResult.Success);
                _ = breaker.State;
            });
            other.Start();
            finished = other.Join(TimeSpan.FromSeconds(10));
            return 0;
        });
        breaker.TryAcquire(out var failing, out _);
        breaker.Record(failing, TestCircuit.Failure());

        Assert.True(finished, "A successful call waited for the lock.");
    }

    [Theory]
    [InlineData(CircuitMode.Disabled)]
    [InlineData(CircuitMode.ForcedOpen)]
    public void UseOfABreaker_OperatorDecidesAlone_TakesNoLock(CircuitMode mode)
    {
        var finished = false;
        var clock = new InterruptedClock();
        var breaker = new CircuitBreaker("test", new CircuitBreakerOptions { Mode = mode }, clock, () => 0);
        clock.Interrupt(() =>
        {
            // Whoever asks for the status reads the clock under the lock.
            var other = new Thread(() =>
            {
                if (breaker.TryAcquire(out var permit, out _))
                {
                    breaker.Record(permit, CallResult.Success);
                }

                _ = breaker.State;
            });
            other.Start();
            finished = other.Join(TimeSpan.FromSeconds(10));
        });
        breaker.GetStatus();

        Assert.True(finished, "A call waited for the lock.");
    }

    /// <summary>Does something else within its next reading.</summary>
    private sealed class InterruptedClock : TimeProvider
    {
        private Action? _next;

        public void Interrupt(Action next) => _next = next;

        public override long GetTimestamp()
        {
            Interlocked.Exchange(ref _next, null)?.Invoke();
            return base.GetTimestamp();
        }
    }
}

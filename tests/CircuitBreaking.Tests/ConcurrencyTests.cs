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
    public void TryAcquireAndRecord_SomebodyHoldsTheLock_AClosedBreakerDoesNotNoticeIt()
    {
        CircuitBreaker? breaker = null;
        var finished = false;
        breaker = new CircuitBreaker("test", new CircuitBreakerOptions { FailureThreshold = 1 }, new ManualClock(), () =>
        {
            // The jitter is drawn under the lock, before the breaker opens.
            var other = new Thread(() =>
            {
                breaker!.TryAcquire(out var permit, out _);
                breaker.Record(permit, CallResult.Success);
            });
            other.Start();
            finished = other.Join(TimeSpan.FromSeconds(10));
            return 0;
        });
        breaker.TryAcquire(out var failing, out _);
        breaker.Record(failing, TestCircuit.Failure());

        Assert.True(finished, "A successful call waited for the lock.");
    }
}

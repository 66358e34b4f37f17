using FsCheck;
using FsCheck.Fluent;

namespace EventGateway.CircuitBreaking.Tests.Model;

public class ModelTests
{
    [Fact]
    public void CircuitBreaker_RandomHistories_AgreesWithTheReferenceAfterEveryStep() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true),
            Prop.ForAll(HistoryGenerator.Histories, history => new Duel(history.Options).Play(history.Steps)));
}

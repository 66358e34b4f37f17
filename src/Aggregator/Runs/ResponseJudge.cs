using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace EventGateway.Aggregator;

/// <summary>Judges one response, headers first and then its body, and keeps the body of a good one.</summary>
internal static class ResponseJudge
{
    /// <exception cref="IOException">The body ended early.</exception>
    /// <exception cref="OperationCanceledException">Reading the body was cancelled.</exception>
    public static async ValueTask<PartJudgement> JudgeAsync(
        HttpResponseMessage response, StepPlan step, IByteBudget budget, TimeProvider time, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            var outcome = response.StatusCode is HttpStatusCode.NotFound && !step.IsFanOut ? PartOutcome.NotFound : PartOutcome.BadStatus;
            return new(outcome, status, ReadRetryAfter(response.Headers.RetryAfter, time));
        }

        if (!AnswerFraming.IsSound(response) || !HasOneLength(response.Content.Headers))
        {
            return new(PartOutcome.BadFraming, status);
        }

        if (!BodyCoding.TryRead(response.Content.Headers, out var coding))
        {
            return new(PartOutcome.BadEncoding, status);
        }

        PartBuffer? buffer = new(step.MaxBytes, budget) { Caching = PartCaching.Of(response, time.GetUtcNow()) };
        try
        {
            var outcome = await BodyReader.ReadAsync(response.Content, coding, buffer, cancellationToken);
            if (outcome is PartOutcome.Success)
            {
                outcome = JudgeText(buffer.Text, step);
            }

            if (outcome is not PartOutcome.Success)
            {
                return new(outcome, status);
            }

            var judgement = new PartJudgement(outcome, status, Buffer: buffer);
            buffer = null;
            return judgement;
        }
        finally
        {
            buffer?.Dispose();
        }
    }

    private static PartOutcome JudgeText(ReadOnlySpan<byte> text, StepPlan step)
    {
        if (text.IsEmpty && !step.IsFanOut)
        {
            return PartOutcome.NotFound;
        }

        var outcome = JsonText.Check(text, out var isNull);
        return outcome is PartOutcome.Success && isNull && !step.IsFanOut ? PartOutcome.NotFound : outcome;
    }

    // RFC 9112 6.3: differing values are an attack or a broken intermediary. .NET takes the first, so we look at all.
    private static bool HasOneLength(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Length", out var lines))
        {
            return true;
        }

        long? length = null;
        foreach (var line in lines)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var text = line.AsSpan(range).Trim();
                if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || (length ?? value) != value)
                {
                    return false;
                }

                length = value;
            }
        }

        return true;
    }

    private static TimeSpan? ReadRetryAfter(RetryConditionHeaderValue? header, TimeProvider time)
    {
        var wait = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}

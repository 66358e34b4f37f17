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

        if (JudgeHeaders(response, time, out var body) is var verdict and not PartOutcome.Success)
        {
            return new(verdict, status);
        }

        PartBuffer? buffer = new(step.MaxBytes, budget) { Caching = body.Caching };
        try
        {
            var outcome = await BodyReader.ReadAsync(response.Content, body.Coding, body.Length, buffer, cancellationToken);
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

    private static PartOutcome JudgeHeaders(HttpResponseMessage response, TimeProvider time, out (BodyCoding Coding, long? Length, PartCaching Caching) body)
    {
        if (response.Content is UpstreamContent { IsPlain: true } plain)
        {
            body = (BodyCoding.Identity, plain.Length, PartCaching.Nothing);
            return PartOutcome.Success;
        }

        body = default;
        var headers = response.Content.Headers;
        if (!AnswerFraming.IsSound(response) || !HasOneLength(headers))
        {
            return PartOutcome.BadFraming;
        }

        if (!BodyCoding.TryRead(headers, out var coding))
        {
            return PartOutcome.BadEncoding;
        }

        body = (coding, coding == BodyCoding.Identity ? headers.ContentLength : null, PartCaching.Of(response, time));
        return PartOutcome.Success;
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

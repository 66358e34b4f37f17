using Microsoft.Extensions.Primitives;

namespace EventGateway.Comparison.Programs;

/// <summary>What .NET makes possible with no proxy library at all: Kestrel, an <see cref="HttpMessageInvoker"/>, headers and bytes copied.</summary>
internal static class InvokerProgram
{
    public static Task RunAsync(int port, string upstream)
    {
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
        return PeerProgram.ServeAsync(PeerProgram.BareKestrel(), port, app => app.Run(async context =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), upstream + context.Request.Path);
            if (context.Request.ContentLength > 0)
            {
                request.Content = new StreamContent(context.Request.Body);
            }

            foreach (var (name, values) in context.Request.Headers)
            {
                if (name is not ("Host" or "Connection") && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values))
                {
                    request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
                }
            }

            using var response = await invoker.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.NonValidated)
            {
                if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                {
                    context.Response.Headers[name] = values.ToString();
                }
            }

            foreach (var (name, values) in response.Content.Headers.NonValidated)
            {
                context.Response.Headers[name] = new StringValues(values.ToString());
            }

            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }));
    }
}

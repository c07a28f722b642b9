using System.Globalization;
using System.Text.Json;
using Crm.EventStore;
using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Http;

/// <summary>One fault of a request, next to the field it is about.</summary>
/// <param name="In"><c>body</c>, <c>query</c>, <c>header</c> or <c>path</c>, with the field: <c>body.phone</c>.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What is wrong and what to do, in the caller's language.</param>
/// <param name="Context">Values that belong to the fault, such as a limit or a position.</param>
public sealed record ProblemError(string In, string Code, string Message, IReadOnlyDictionary<string, object?>? Context = null);

/// <summary>A failed request as RFC 9457 describes it, with a stable code (C5). Thrown anywhere below a route.</summary>
public sealed class ProblemException(int status, string code, string zh, string en) : Exception(en)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The stable code.</summary>
    public string Code { get; } = code;

    /// <summary>The message in Chinese; <see cref="Exception.Message"/> is the English one.</summary>
    public string Zh { get; } = zh;

    /// <summary>The faults, one a field.</summary>
    public IReadOnlyList<(string In, string Code, string Zh, string En)> Errors { get; init; } = [];

    /// <summary>Values that belong to the first fault, such as a position or a limit.</summary>
    public IReadOnlyDictionary<string, object?>? Context { get; init; }

    /// <summary>Further members of the answer.</summary>
    public IReadOnlyDictionary<string, object?> Extensions { get; init; } = new Dictionary<string, object?>();

    /// <summary>Seconds after which to try again, sent as <c>Retry-After</c>.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A fault of one field: 400.</summary>
    public static ProblemException Invalid(string where, string code, string zh, string en) =>
        new(400, code, zh, en) { Errors = [(where, code, zh, en)] };

    /// <summary>Something that is not there, or that the caller may not see: 404.</summary>
    public static ProblemException NotFound() => new(404, "not_found", "没有找到这条记录。", "There is no such record.");

    /// <summary>A refused command.</summary>
    public static ProblemException Of(Rejection r) => new(r.Status, r.Code, r.Zh, r.En)
    {
        Errors = [.. (r.Others ?? []).Prepend(r).Where(f => f.Field is not null).Select(f => ("body." + f.Field, f.Code, f.Zh, f.En))],
        Extensions = r.Extensions ?? new Dictionary<string, object?>(),
    };

    /// <summary>The faults a validator found: 400.</summary>
    public static ProblemException Of(ValidationResult result) => new(400, "invalid", "请求内容有误，请检查标出的字段。", "The request is not valid; see the fields.")
    {
        Errors = [.. result.Errors.Select(e => ("body." + string.Join('.', e.PropertyName.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName)), Validation.Code(e), e.ErrorMessage, e.ErrorMessage))],
    };
}

/// <summary>Writes every failure as a problem answer; the one table from failure to status.</summary>
public sealed partial class Problems(ILogger<Problems> logger) : IExceptionHandler, IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler proceed = new();

    /// <inheritdoc />
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested) return true;
        var problem = From(exception);
        if (problem is null)
        {
            LogUnexpected(logger, exception);
            problem = new ProblemException(500, "internal_error", "服务器内部错误，请稍后再试，并把编号告诉管理员。", "Something went wrong on the server. Try again, and tell the correlation id to the administrator.");
        }
        else if (problem.Status == 503) LogUnavailable(logger, exception.GetType().Name, exception.Message);
        await WriteAsync(httpContext, problem);
        return true;
    }

    /// <inheritdoc />
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Challenged)
        {
            // RFC 6750 §3.1: a token that was sent and does not hold is told from none.
            context.Response.Headers.WWWAuthenticate = context.Request.Headers.Authorization.Count > 0 ? "Bearer error=\"invalid_token\"" : "Bearer";
            await WriteAsync(context, new ProblemException(401, "unauthenticated", "请先登录。", "Sign in first."));
        }
        else if (authorizeResult.Forbidden)
            await WriteAsync(context, new ProblemException(403, "forbidden", "您没有执行此操作的权限。", "You do not have the right to do this."));
        else await proceed.HandleAsync(next, context, policy, authorizeResult);
    }

    /// <summary>Writes one problem answer in the caller's language.</summary>
    public static async Task WriteAsync(HttpContext http, ProblemException problem)
    {
        if (http.Response.HasStarted) return;
        var zh = Language.IsChinese(http);
        http.Response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers.CacheControl = "no-store";
        var body = new Dictionary<string, object?>
        {
            ["type"] = "urn:crm:problem:" + problem.Code,
            ["title"] = ReasonPhrases.GetReasonPhrase(problem.Status),
            ["status"] = problem.Status,
            ["detail"] = zh ? problem.Zh : problem.Message,
            ["code"] = problem.Code,
            ["correlationId"] = Caller.CorrelationId(http),
            ["errors"] = problem.Errors.Select((e, i) => new ProblemError(e.In, e.Code, zh ? e.Zh : e.En, i == 0 ? problem.Context : null)),
        };
        foreach (var (key, value) in problem.Extensions) body[key] = value;
        await http.Response.WriteAsJsonAsync(body, EventSerializer.Options, "application/problem+json", http.RequestAborted);
    }

    /// <summary>Gives a bare error status of routing, such as 404 or 405, the form of a problem.</summary>
    public static Task WriteStatusAsync(HttpContext http) => http.Response.StatusCode switch
    {
        404 => WriteAsync(http, new ProblemException(404, "not_found", "没有这个地址。", "There is nothing at this address.")),
        405 => WriteAsync(http, new ProblemException(405, "method_not_allowed", "这个地址不支持该方法。", "The address does not support this method.")),
        413 => WriteAsync(http, new ProblemException(413, "too_large", "请求内容过大。", "The request body is too large.")),
        415 => WriteAsync(http, new ProblemException(415, "unsupported_media_type", "不支持这种内容类型。", "The content type is not supported.")),
        var status => WriteAsync(http, new ProblemException(status, "http_" + status, "请求无法处理。", "The request cannot be processed.")),
    };

    private static ProblemException? From(Exception exception) => exception switch
    {
        ProblemException p => p,
        QueryException q => q.ToProblem("query"),
        BadHttpRequestException { StatusCode: 413 } => new(413, "too_large", "请求内容过大。", "The request body is too large."),
        BadHttpRequestException { StatusCode: 415 } => new(415, "unsupported_media_type", "不支持这种内容类型，请使用 application/json。", "The content type is not supported; send application/json."),
        BadHttpRequestException e => new(e.StatusCode, "bad_request", "请求有误。", "The request cannot be read."),
        ExistingStreamIdCollisionException => new(409, "exists", "该记录已存在。", "The record exists already."),
        StreamArchivedException => new(409, "archived", "该记录已归档，不能再修改。", "The record is archived and cannot be changed."),
        PersonErasedException => new(410, "erased", "此人的信息已被永久删除，不能再记录。", "What was known of this person was erased for good; nothing more can be recorded."),
        ConcurrencyException => new(412, "stale_version", "记录已被他人修改，请刷新后重试。", "The record was changed by somebody else; reload and try again."),
        // A natural key is a table whose constraint carries the code of the refusal.
        PostgresException { SqlState: "23505", ConstraintName: { } taken } => new(409, taken, "该值已被其他记录使用。", "Another record has this value already."),
        // The same of a reference: to what was removed meanwhile, or of something that is to be removed.
        PostgresException { SqlState: "23503", ConstraintName: { } used } => new(409, used, "所引用的内容已被移除，或仍在使用中，请刷新后重试。", "What is referred to was removed, or is still in use; reload and try again."),
        PostgresException { SqlState: "22021" or "22P05" } => new(400, "invalid_character", "文本中含有不允许的字符（NUL）。", "The text contains a character that cannot be stored (NUL)."),
        // Whatever is not an answer of the server is a connection that could not be had or was lost.
        NpgsqlException and not PostgresException or PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "53100" } =>
            new(503, "database_unavailable", "数据库暂时不可用，请稍后再试。", "The database is not available at the moment; try again.") { RetryAfter = 5 },
        KeysUnavailableException => new(503, "keys_unavailable", "密钥服务暂时不可用，请稍后再试。", "The key management service does not answer at the moment; try again.") { RetryAfter = 5 },
        TimeoutException => new(503, "overloaded", "系统繁忙，请稍后再试。", "The system is busy; try again.") { RetryAfter = 5 },
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed unexpectedly")]
    private static partial void LogUnexpected(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request was turned away: {Error}: {Detail}")]
    private static partial void LogUnavailable(ILogger logger, string error, string detail);
}

/// <summary>The caller's language: Chinese unless English is preferred.</summary>
public static class Language
{
    /// <summary>Whether messages are to be in Chinese.</summary>
    public static bool IsChinese(HttpContext http)
    {
        foreach (var accepted in http.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1))
        {
            if (accepted.Value.StartsWith("zh", StringComparison.OrdinalIgnoreCase)) return true;
            if (accepted.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase)) return false;
        }
        return true;
    }

    /// <summary>One of two texts by the caller's language.</summary>
    public static string Pick(HttpContext http, string zh, string en) => IsChinese(http) ? zh : en;
}

/// <summary>Validation of commands by FluentValidation, in the caller's language and with stable codes.</summary>
public static class Validation
{
    static Validation() => ValidatorOptions.Global.LanguageManager = new Messages();

    /// <summary>Messages without the field's name: they stand beside the field.</summary>
    private sealed class Messages : FluentValidation.Resources.LanguageManager
    {
        public Messages()
        {
            foreach (var (validator, zh, en) in new[]
            {
                ("NotEmptyValidator", "不能为空。", "It must not be empty."),
                ("NotNullValidator", "不能为空。", "It must not be empty."),
                ("MaximumLengthValidator", "最多 {MaxLength} 个字符，现在有 {TotalLength} 个。", "It has at most {MaxLength} characters; this has {TotalLength}."),
                ("MinimumLengthValidator", "至少 {MinLength} 个字符。", "It has at least {MinLength} characters."),
                ("LengthValidator", "长度应为 {MinLength} 到 {MaxLength} 个字符。", "It has {MinLength} to {MaxLength} characters."),
                ("ExactLengthValidator", "长度应为 {MaxLength} 个字符。", "It has {MaxLength} characters."),
                ("EnumValidator", "没有这个取值。", "There is no such value."),
                ("EmailValidator", "邮箱格式不正确。", "The e-mail address is not valid."),
                ("GreaterThanValidator", "必须大于 {ComparisonValue}。", "It must be greater than {ComparisonValue}."),
                ("GreaterThanOrEqualValidator", "不能小于 {ComparisonValue}。", "It must not be less than {ComparisonValue}."),
                ("LessThanValidator", "必须小于 {ComparisonValue}。", "It must be less than {ComparisonValue}."),
                ("LessThanOrEqualValidator", "不能大于 {ComparisonValue}。", "It must not be greater than {ComparisonValue}."),
                ("InclusiveBetweenValidator", "必须在 {From} 到 {To} 之间。", "It must be between {From} and {To}."),
                ("ScalePrecisionValidator", "最多 {ExpectedScale} 位小数。", "It has at most {ExpectedScale} decimals."),
                ("PredicateValidator", "这个值不能用。", "This value cannot be used."),
                ("RegularExpressionValidator", "格式不正确。", "The format is not valid."),
            })
            {
                AddTranslation("zh-CN", validator, zh);
                AddTranslation("en", validator, en);
            }
        }
    }

    /// <summary>Runs the validator in the caller's language.</summary>
    /// <exception cref="ProblemException">400 with the fields.</exception>
    public static void Check<T>(IValidator<T> validator, T command, HttpContext http)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(Language.IsChinese(http) ? "zh-CN" : "en");
        try
        {
            var result = validator.Validate(command);
            if (!result.IsValid) throw ProblemException.Of(result);
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    /// <summary>The stable code of a fault.</summary>
    public static string Code(ValidationFailure failure) => failure.ErrorCode switch
    {
        "NotEmptyValidator" or "NotNullValidator" => "required",
        "MaximumLengthValidator" or "LengthValidator" => "too_long",
        "MinimumLengthValidator" => "too_short",
        "EmailValidator" => "invalid_email",
        "EnumValidator" => "unknown_value",
        "GreaterThanOrEqualValidator" or "LessThanOrEqualValidator" or "InclusiveBetweenValidator" or "GreaterThanValidator" => "out_of_range",
        var other => other.EndsWith("Validator", StringComparison.Ordinal) ? "invalid_value" : other,
    };
}

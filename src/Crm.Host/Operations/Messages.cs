using System.Globalization;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using FluentValidation;

namespace Crm.Host;

/// <summary>Puts several dead letters back or gives them up: the stated ones, or all of a queue or a type.</summary>
/// <param name="Ids">The messages, 1,000 at most.</param>
/// <param name="Queue">All of a queue.</param>
/// <param name="MessageType">All of a type.</param>
internal sealed record SelectDeadLetters(Guid[]? Ids = null, string? Queue = null, string? MessageType = null)
{
    internal sealed class Validator : AbstractValidator<SelectDeadLetters>
    {
        public Validator()
        {
            RuleFor(x => x.Ids).Must(ids => ids is null or { Length: > 0 and <= 1_000 }).WithErrorCode("invalid_value");
            RuleFor(x => x.Queue).MaximumLength(250);
            RuleFor(x => x.MessageType).MaximumLength(250);
            RuleFor(x => x).Must(x => x.Ids is not null || x.Queue is not null || x.MessageType is not null).WithName("ids").WithErrorCode("required");
        }
    }
}

/// <summary>How many messages an action was about.</summary>
/// <param name="Count">Messages.</param>
internal sealed record MessageCount(int Count);

/// <summary>The operator's routes for queues, messages, dead letters and recurring messages.</summary>
internal static class Messages
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private static readonly SelectDeadLetters.Validator Selection = new();

    public static void Map(IEndpointRouteBuilder api)
    {
        var operations = api.MapGroup("operations").WithTags("operations");
        MapQueries(operations);
        MapCommands(operations);
    }

    private static void MapQueries(RouteGroupBuilder operations)
    {
        operations.MapGet("queues", async (MessageQueries messages, CancellationToken ct) => Json(new OperationsList<QueueState>(await messages.QueuesAsync(ct))))
            .Requires(Right.OperationsView).WithName("GetQueues").Produces<OperationsList<QueueState>>().ProducesProblem(401).ProducesProblem(403);
        operations.MapGet("messages", async (MessageQueries messages, string? status, string? queue, string? cursor, int? limit, CancellationToken ct) =>
        {
            if (status is not (null or "waiting" or "scheduled"))
                throw ProblemException.Invalid("query.status", "unknown_value", "status 只能是 waiting、scheduled。", "status must be one of waiting, scheduled.");
            var size = Size(limit);
            return Page(await messages.MessagesAsync(status == "scheduled", Text(queue), Position(cursor), size + 1, ct), size, m => (m.SentAt, m.Id));
        }).Requires(Right.OperationsView).WithName("GetMessages").Produces<ListAnswer<WaitingMessage>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        operations.MapGet("dead-letters", async (MessageQueries messages, string? queue, string? type, string? cursor, int? limit, CancellationToken ct) =>
        {
            var size = Size(limit);
            return Page(await messages.DeadLettersAsync(Text(queue), Text(type), Position(cursor), size + 1, ct), size, d => (d.FailedAt, d.Id));
        }).Requires(Right.OperationsView).WithName("GetDeadLetters").Produces<ListAnswer<DeadLetter>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        operations.MapGet("dead-letters/{id:guid}", async (MessageQueries messages, Guid id, CancellationToken ct) =>
                Json(MaskedBody.Of(await messages.DeadLetterAsync(id, ct) ?? throw ProblemException.NotFound())))
            .Requires(Right.OperationsChange).WithName("GetDeadLetter").Produces<DeadLetter>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        operations.MapGet("recurring", async (RecurringScheduler recurring, CancellationToken ct) => Json(new OperationsList<RecurringState>(await recurring.StateAsync(ct))))
            .Requires(Right.OperationsView).WithName("GetRecurringMessages").Produces<OperationsList<RecurringState>>().ProducesProblem(401).ProducesProblem(403);
    }

    private static void MapCommands(RouteGroupBuilder operations)
    {
        operations.MapPost("messages/{id:guid}/cancel", (HttpContext http, Guid id, MessageActions actions) => OneAsync(http, context => actions.CancelAsync(id, context, http.RequestAborted)))
            .Describe("CancelMessage");
        operations.MapPost("dead-letters/{id:guid}/replay", (HttpContext http, Guid id, MessageActions actions) =>
            OneAsync(http, async context => await actions.ReplayAsync(new DeadLetterSelection([id]), context, http.RequestAborted) > 0)).Describe("ReplayDeadLetter");
        operations.MapPost("dead-letters/{id:guid}/discard", (HttpContext http, Guid id, MessageActions actions) =>
            OneAsync(http, async context => await actions.DiscardAsync(new DeadLetterSelection([id]), context, http.RequestAborted) > 0)).Describe("DiscardDeadLetter");
        operations.MapPost("dead-letters/replay", (HttpContext http, MessageActions actions) => ManyAsync(http, actions.ReplayAsync)).DescribeMany("ReplayDeadLetters");
        operations.MapPost("dead-letters/discard", (HttpContext http, MessageActions actions) => ManyAsync(http, actions.DiscardAsync)).DescribeMany("DiscardDeadLetters");
        operations.MapPost("recurring/{name}/run", (HttpContext http, string name, MessageActions actions) => OneAsync(http, context => actions.RunAsync(name, context, http.RequestAborted)))
            .Describe("RunRecurringMessage");
    }

    private static void Describe(this RouteHandlerBuilder route, string name) => route
        .Requires(Right.OperationsChange).WithName(name).Produces(204).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static void DescribeMany(this RouteHandlerBuilder route, string name) => route.Requires(Right.OperationsChange).WithName(name)
        .Accepts<SelectDeadLetters>("application/json").Produces<MessageCount>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    private static async Task<IResult> OneAsync(HttpContext http, Func<EventContext, Task<bool>> act)
    {
        var body = await JsonBody.ReadAsync(http);
        return await act(Caller.Of(http).Context(http, null, Reason(body))) ? Results.NoContent() : throw ProblemException.NotFound();
    }

    private static async Task<IResult> ManyAsync(HttpContext http, Func<DeadLetterSelection, EventContext, CancellationToken, Task<int>> act)
    {
        var body = await JsonBody.ReadAsync(http);
        var chosen = body.To<SelectDeadLetters>();
        Validation.Check(Selection, chosen, http);
        return Json(new MessageCount(await act(new DeadLetterSelection(chosen.Ids, chosen.Queue, chosen.MessageType), Caller.Of(http).Context(http, null, Reason(body)), http.RequestAborted)));
    }

    private static string? Reason(JsonBody body) => body.Reason is { Length: > 1000 }
        ? throw ProblemException.Invalid("body.reason", "too_long", "原因最多 1000 个字符。", "The reason must have at most 1,000 characters.")
        : body.Reason;

    private static IResult Json<T>(T value) => Results.Json(value, EventSerializer.Documents);

    private static IResult Page<T>(List<T> rows, int size, Func<T, (DateTimeOffset At, Guid Id)> position)
    {
        var more = rows.Count > size;
        if (more) rows.RemoveAt(size);
        return Json(new ListAnswer<T>(rows, new PageInfo(more ? Cursor(position(rows[^1])) : null, more), null));
    }

    private static string Cursor((DateTimeOffset At, Guid Id) last) => string.Create(CultureInfo.InvariantCulture, $"{last.At.UtcTicks}_{last.Id:N}");

    private static (DateTimeOffset, Guid)? Position(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor)) return null;
        return cursor.Split('_') is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks && Guid.TryParseExact(id, "N", out var guid)
            ? (new DateTimeOffset(at, TimeSpan.Zero), guid)
            : throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效。", "The cursor is not valid.");
    }

    private static int Size(int? limit) => limit is < 1 or > MaxLimit
        ? throw ProblemException.Invalid("query.limit", "limit_out_of_range", $"limit 须为 1 到 {MaxLimit}。", $"limit must be from 1 to {MaxLimit}.")
        : limit ?? DefaultLimit;

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;
}

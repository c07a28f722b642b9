using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>Records as a list finds them.</summary>
/// <param name="Q">Quick search, as of the list.</param>
/// <param name="Filter">The filter, as of the list.</param>
public sealed record BulkQuery(string? Q = null, string? Filter = null);

/// <summary>
/// Gives one command to records that were picked, or to all that a list finds, as a job (202) that can be broken off and taken back. It is given to those of them that
/// the caller may do this with; what a record's own rules refuse is listed. 400 <c>unknown_command</c>, <c>unknown_user</c>, <c>ids_or_query</c> and what the list
/// itself refuses; 403 without the command's right; 409 <c>nothing_selected</c>, <c>too_many_records</c>, and <c>bulk_job_running</c> while the caller's last job on
/// such records goes on.
/// </summary>
/// <param name="Command">What is done: <c>owner addTag removeTag archive restore delete</c>, as far as such records have it.</param>
/// <param name="OwnerId">For <c>owner</c>: an active user.</param>
/// <param name="Tag">For <c>addTag</c> and <c>removeTag</c>.</param>
/// <param name="Ids">These records, 500 at most.</param>
/// <param name="Query">Or all that this finds, 100,000 at most.</param>
/// <param name="Reason">Why; kept with every event.</param>
public sealed record GiveBulkCommand(string? Command, Guid? OwnerId = null, string? Tag = null, Guid[]? Ids = null, BulkQuery? Query = null, string? Reason = null)
{
    internal sealed class Validator : AbstractValidator<GiveBulkCommand>
    {
        public Validator()
        {
            RuleFor(x => x.Command).NotEmpty();
            RuleFor(x => x.Ids).Must(ids => ids is null or { Length: > 0 and <= 500 }).WithErrorCode("between_1_and_500");
            RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
        }
    }
}

/// <summary>Commands on any selection of a list.</summary>
public static class GiveBulkCommandFeature
{
    internal const int Most = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Registers what can be done with any selection of a list.</summary>
    /// <param name="services">The services.</param>
    /// <param name="source">The list.</param>
    /// <param name="actions">The commands.</param>
    public static IServiceCollection AddBulkActions<T>(this IServiceCollection services, Func<DocumentStore, ListSource> source, IReadOnlyList<BulkAction<T>> actions) where T : Document, IAggregate<T>
    {
        foreach (var action in actions)
            services.AddSingleton<IBulkCommand>(s => new RecordCommand<T>(s.GetRequiredService<DocumentStore>(), s.GetRequiredService<Resource<T>>(), source(s.GetRequiredService<DocumentStore>()), action));
        return services;
    }

    /// <summary>Maps <c>POST bulk</c> and the caller's own jobs below it. The command's own right is demanded with it, and again for every record.</summary>
    /// <param name="routes">The resource's group.</param>
    public static void MapBulkActions<T>(this IEndpointRouteBuilder routes) where T : Document, IAggregate<T>
    {
        var resource = routes.ServiceProvider.GetRequiredService<Resource<T>>();
        var name = $"Bulk{typeof(T).Name}";
        routes.MapOperation<GiveBulkCommand>("bulk", Right.View(resource.Name), 202, (command, session, scope) => StartAsync<T>(command, resource.Name, session, scope)).WithName($"Give{name}").Produces<BulkJobView>(202);
        routes.MapGroup("bulk").MapBulkJobs(resource.Name, $"{name}Job", Right.View(resource.Name), Subject, (http, job) => Demand(Find<T>(http, (string?)job.Parameters["command"]), Access.Of(http)));
    }

    /// <summary>Decides it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="resource">What the records are.</param>
    /// <param name="giver">Who gives it.</param>
    /// <param name="found">The records it is about.</param>
    public static Decision Decide(GiveBulkCommand command, string resource, Guid giver, int found) => found switch
    {
        0 => new Rejection("nothing_selected", "没有您可以执行此操作的记录。", "There is no record among them that you may do this with."),
        > Most => new Rejection("too_many_records", "匹配的记录超过 100,000 条，请缩小筛选范围后分批执行。", "More than 100,000 records match; narrow the filter and do it in parts."),
        _ => [new BulkJobStarted(resource, giver, found, Parameters(command))],
    };

    private static async Task<object?> StartAsync<T>(GiveBulkCommand command, string resource, DocumentSession session, CommandScope scope) where T : Document, IAggregate<T>
    {
        var (http, access) = (scope.Http, Access.Of(scope.Http));
        var chosen = Find<T>(http, command.Command);
        Demand(chosen, access);
        if ((command.Ids is null) == (command.Query is null))
            throw ProblemException.Invalid("body.ids", "ids_or_query", "请给出 ids 或 query，二者选一。", "Send either ids or a query.");
        var input = Check(command, chosen.Action, access, http);
        // What the caller has just written is among the records, wherever the list of them stands.
        if (!await scope.Store.Daemon.CatchUpAsync(Patience, scope.Aborted)) throw new TimeoutException("The list is behind the log.");
        var query = ListQuery.Of(new JsonObject { ["q"] = command.Query?.Q, ["filter"] = command.Query?.Filter });
        var records = await chosen.SettleAsync(query, command.Ids, access, scope.Aborted);
        var decision = Decide(command, resource, Subject(http), records.Length);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var started = (BulkJobStarted)decision.Events[0];
        BulkTables.Start(session, scope.Id, started, Caller.Of(http), chosen.Name, input, records);
        return new BulkJobView(scope.Id, BulkJobState.Running, records.Length, 0, null, 0, 0, 0, 0, session.Context.UserName, session.Now, command.Reason,
            new([.. started.Parameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))]), null);
    }

    private static BulkInput Check<T>(GiveBulkCommand command, BulkAction<T> action, Access access, HttpContext http) where T : Document, IAggregate<T>
    {
        foreach (var (member, sent) in new[] { ("ownerId", command.OwnerId is not null), ("tag", command.Tag is not null) })
        {
            if (sent && member != action.Takes) throw ProblemException.Invalid("body." + member, "unknown_field", $"命令 {action.Code} 没有字段 {member}。", $"The command {action.Code} has no field {member}.");
            if (!sent && member == action.Takes) throw ProblemException.Invalid("body." + member, "required", "不能为空。", "It must not be empty.");
        }
        var input = new BulkInput(command.OwnerId, command.Tag?.Trim().Normalize());
        action.Check?.Invoke(input, http);
        if (command.OwnerId is { } owner && access.Picture.Members.GetValueOrDefault(owner) is not { Active: true })
            throw ProblemException.Invalid("body.ownerId", "unknown_user", "没有这个在职用户。", "There is no such active user.");
        return input;
    }

    private static RecordCommand<T> Find<T>(HttpContext http, string? code) where T : Document, IAggregate<T>
    {
        var all = http.RequestServices.GetServices<IBulkCommand>().OfType<RecordCommand<T>>().ToList();
        return all.Find(c => c.Action.Code == code) ?? throw ProblemException.Invalid("body.command", "unknown_command",
            $"没有命令 {code}，可用的有：{string.Join("、", all.Select(c => c.Action.Code))}。", $"There is no command {code}; there are {string.Join(", ", all.Select(c => c.Action.Code))}.");
    }

    private static void Demand<T>(RecordCommand<T> command, Access access) where T : Document, IAggregate<T>
    {
        if (!access.May(command.Action.Right)) throw new ProblemException(403, "forbidden", "您没有执行此操作的权限。", "You do not have the right to do this.");
    }

    /// <summary>Whose jobs they are: the caller's; of a client by a hash of its name.</summary>
    private static Guid Subject(HttpContext http) => Access.Of(http).UserId ?? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes("client\n" + Caller.Of(http).Id)).AsSpan(0, 16));

    private static Dictionary<string, string> Parameters(GiveBulkCommand command)
    {
        var parameters = new Dictionary<string, string> { ["command"] = command.Command! };
        if (command.OwnerId is { } owner) parameters["ownerId"] = owner.ToString();
        if (command.Tag is { } tag) parameters["tag"] = tag.Trim().Normalize();
        if (command.Ids is { } ids) parameters["selected"] = ids.Distinct().Count().ToString(System.Globalization.CultureInfo.InvariantCulture);
        return parameters;
    }
}

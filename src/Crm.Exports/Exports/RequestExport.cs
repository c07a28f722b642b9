using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Crm.Exports;

/// <summary>
/// Writes a list into a file, in the background: what the caller sees in it and may take out, at the instant at which the job begins (S092). 400
/// <c>unknown_resource</c>, <c>unknown_field</c>, <c>forbidden_field</c> and everything the list itself refuses; 403 without the resource's <c>export</c>; 409
/// <c>too_many_exports</c>.
/// </summary>
/// <param name="Resource">The list: <c>customers opportunities tickets</c>.</param>
/// <param name="Format"><c>csv</c> or <c>xlsx</c>.</param>
/// <param name="Columns">The fields, in the order of the file; absent are the usual ones.</param>
/// <param name="Ids">Only these records of the list, 10,000 at most; absent are all.</param>
/// <param name="Q">Quick search, as of the list.</param>
/// <param name="Filter">The filter, as of the list.</param>
/// <param name="Sort">The order, as of the list.</param>
/// <param name="AsOf">The instant at which the list is seen; absent is the present.</param>
/// <param name="Basis">How <paramref name="AsOf"/> is meant, as of the list.</param>
/// <param name="Reason">Why, 2 to 500 characters; it is kept for ever.</param>
internal sealed record RequestExport(
    string? Resource, ExportFormat Format, string[]? Columns, Guid[]? Ids, string? Q, string? Filter, string? Sort, string? AsOf, string? Basis, string? Reason)
{
    internal const int MostColumns = 100;
    internal const int MostIds = 10_000;

    internal sealed class Validator : AbstractValidator<RequestExport>
    {
        public Validator()
        {
            RuleFor(x => x.Resource).NotEmpty();
            RuleFor(x => x.Format).IsInEnum();
            RuleFor(x => x.Columns).Must(c => c is null or { Length: > 0 and <= MostColumns }).WithErrorCode("between_1_and_100");
            RuleFor(x => x.Ids).Must(c => c is null or { Length: > 0 and <= MostIds }).WithErrorCode("between_1_and_10000");
            RuleFor(x => x.Reason).NotEmpty().MinimumLength(2).MaximumLength(500);
        }
    }
}

internal static class RequestExportFeature
{
    private const int MostAtOnce = 5;

    public static void Map(IEndpointRouteBuilder exports) =>
        exports.MapOperation<RequestExport>("", Right.ExportsView, 202, RequestAsync).Produces<Export>(202);

    /// <summary>Decides a request.</summary>
    /// <param name="command">The command.</param>
    /// <param name="columns">The fields in the file.</param>
    /// <param name="unfinished">Exports of the caller that are not finished.</param>
    /// <param name="expires">Until when the file can be fetched.</param>
    public static Decision Decide(RequestExport command, string[] columns, long unfinished, DateTimeOffset expires) => unfinished >= MostAtOnce
        ? new Rejection("too_many_exports", $"您已有 {MostAtOnce} 个导出未完成，请等待其中一个完成或取消它。", $"{MostAtOnce} of your exports are not finished; wait for one of them or cancel it.")
        : [new RecordsExportRequested(command.Resource!, command.Format, columns, command.Ids?.Length, expires)];

    private static async Task<object?> RequestAsync(RequestExport command, DocumentSession session, CommandScope scope)
    {
        var (access, caller) = (Access.Of(scope.Http), Caller.Of(scope.Http));
        var list = scope.Service<ExportedLists>().Find(command.Resource!) ?? throw ProblemException.Invalid(
            "body.resource", "unknown_resource", $"不能导出 {command.Resource}。", $"{command.Resource} cannot be exported.");
        if (!access.May(Right.View(list.Resource)) || !access.May(Right.Export(list.Resource)))
            throw new ProblemException(403, "forbidden", "您没有导出这个列表的权限，请联系管理员。", "You do not have the right to export this list; ask an administrator.");
        var hidden = access.Limits.Of(list.Resource);
        var columns = command.Columns ?? [.. list.Columns(access.Picture.Fields).Select(c => c.Field).Where(f => !(hidden.TryGetValue(f, out var level) && level == FieldLevel.Hidden))];
        var query = ListQuery.Of(new JsonObject
        {
            ["q"] = command.Q, ["filter"] = command.Filter, ["sort"] = command.Sort, ["asOf"] = command.AsOf, ["basis"] = command.Basis, ["fields"] = string.Join(',', columns),
        });
        await list.CheckAsync(query, access, scope.Store, scope.Aborted);
        var expires = scope.Now.At.AddDays(scope.Service<IConfiguration>().GetValue("Crm:Exports:Days", 7));
        var decision = Decide(command, columns, await UnfinishedAsync(scope, caller), expires);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        session.StartStream<Export>(scope.Id, decision.Events);
        ExportFile.Begin(session, scope.Id, new ExportRequest(query, command.Ids, Language.IsChinese(scope.Http), caller.Id, caller.Role, caller.Ceiling, access.Footprint(list.Resource)), expires);
        scope.Http.Response.Headers.Location = $"/api/v1/exports/{scope.Id}";
        return await scope.Service<Resource<Export>>().ShowAsync(scope.Http, Fold.All<Export>(session.Pending(scope.Id))!, scope.Now.At);
    }

    private static async Task<long> UnfinishedAsync(CommandScope scope, Caller caller)
    {
        await using var command = scope.Database.CreateCommand("select count(*) from exports.exports where doc->>'status' in ('waiting', 'running') and doc->>'requestedBy' = $1");
        command.Parameters.Add(Statement.Parameter(caller.Id));
        return (long)(await command.ExecuteScalarAsync(scope.Aborted))!;
    }
}

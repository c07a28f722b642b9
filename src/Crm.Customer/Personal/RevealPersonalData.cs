using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Shows masked values of a customer or a contact in plain, once and to somebody who says why; that they were seen is recorded (S097, E16). 403
/// <c>field_forbidden</c> for a field that a role masks or hides.
/// </summary>
/// <param name="ContactId">The contact whose values are wanted; null for the customer's own.</param>
/// <param name="Fields">JSON names of the fields: <c>phone email birthday idNumber bankCard</c>, and <c>custom.x</c> of a field that is marked as personal.</param>
/// <param name="Reason">Why, 2 to 500 characters.</param>
internal sealed record RevealPersonalData(Guid? ContactId, string[]? Fields, string? Reason)
{
    private static readonly string[] Known = ["phone", "email", "birthday", "idNumber", "bankCard"];

    internal sealed class Validator : AbstractValidator<RevealPersonalData>
    {
        public Validator()
        {
            RuleFor(x => x.Fields).NotEmpty();
            RuleForEach(x => x.Fields).Must(f => Known.Contains(f) || f?.StartsWith("custom.", StringComparison.Ordinal) == true).WithErrorCode("unknown_value")
                .WithMessage(_ => Rules.Pick($"只能是 {string.Join("、", Known)} 或标为个人信息的自定义字段。", $"It must be one of {string.Join(", ", Known)}, or a custom field that is personal."));
            RuleFor(x => x.Reason).NotEmpty().MinimumLength(2).MaximumLength(500);
        }
    }
}

internal static class RevealPersonalDataFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapOperation<RevealPersonalData>("{id:guid}/reveal", Right.PersonalReveal, 200, RevealAsync).Produces<JsonObject>();

    /// <param name="command">The command.</param>
    /// <param name="id">The customer.</param>
    /// <param name="customer">Its state.</param>
    public static Decision Decide(RevealPersonalData command, Guid id, Customer customer)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (command.ContactId is { } contact && customer.Contacts.FirstOrDefault(c => c.Id == contact) is not { Erased: false }) return CustomerErrors.UnknownContact;
        return [new PersonalDataRevealed(id, command.ContactId, [.. command.Fields!.Distinct()])];
    }

    private static async Task<object?> RevealAsync(RevealPersonalData command, DocumentSession session, CommandScope scope)
    {
        var id = Guid.Parse(scope.Route("id"));
        if (await scope.Store.Query.AggregateStreamAsync<Customer>(id, ct: scope.Aborted) is not { Deleted: false } customer) throw ProblemException.NotFound();
        var access = Access.Of(scope.Http);
        await access.DemandAsync(Right.PersonalReveal, scope.Service<Resource<Customer>>(), customer, scope.Aborted);
        var prefix = command.ContactId is null ? "" : "contacts.";
        if (command.Fields!.FirstOrDefault(f => f.StartsWith("custom.", StringComparison.Ordinal) && !access.Picture.Fields.Personal.Contains(prefix + f)) is { } other)
            throw ProblemException.Invalid("body.fields", "unknown_value", $"“{other}”不是标为个人信息的字段。", $"'{other}' is no field that is personal.");
        access.Limits.CheckSeen("customers", command.Fields!, command.ContactId is null ? null : "contacts");
        var decision = Decide(command, id, customer);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        session.Append<AccessLedger>(AccessLedger.Of("customer " + id), null, decision.Events);
        scope.Http.Response.Headers.CacheControl = "no-store";
        object holder = command.ContactId is { } contact ? customer.Contacts.Single(c => c.Id == contact) : customer;
        var all = JsonSerializer.SerializeToNode(holder, holder.GetType(), EventSerializer.Documents)!.AsObject();
        return new JsonObject(command.Fields!.Distinct().Select(f => (Field: f, Value: f.StartsWith("custom.", StringComparison.Ordinal) ? all["custom"]?[f["custom.".Length..]] : all[f]))
            .Where(f => f.Value is not null || all.ContainsKey(f.Field)).Select(f => KeyValuePair.Create(f.Field, f.Value?.DeepClone())));
    }
}

using Crm.Http;

namespace Crm.Customers;

/// <summary>What can be done with any selection of customers, by the decisions of the commands on one.</summary>
internal static class CustomerActions
{
    private static readonly Right Change = Right.Change("customers");

    public static IReadOnlyList<BulkAction<Customer>> All { get; } =
    [
        new("owner", Right.Assign("customers"),
            (customer, step) => Assign(customer, step.Input.OwnerId, step),
            (customer, step) => customer.OwnerId != step.Input.OwnerId || customer.Deleted ? null : Assign(customer, step.Before, step))
        { Takes = "ownerId", Owner = customer => customer.OwnerId },
        new("addTag", Change,
            (customer, step) => TagCustomerFeature.Decide(new TagCustomer(step.Input.Tag, null), customer, Known(step), step.Now),
            (customer, step) => !customer.Tags.Contains(step.Input.Tag!) || customer.Deleted ? null : UntagCustomerFeature.Decide(new UntagCustomer(), customer, step.Input.Tag!, Known(step), step.Now))
        { Takes = "tag", Check = CheckTag, Load = LoadTags, LoadsToDo = true },
        new("removeTag", Change,
            (customer, step) => UntagCustomerFeature.Decide(new UntagCustomer(), customer, step.Input.Tag!, Known(step), step.Now),
            (customer, step) => customer.Tags.Contains(step.Input.Tag!) || customer.Deleted ? null : TagCustomerFeature.Decide(new TagCustomer(step.Input.Tag, null), customer, Known(step), step.Now))
        { Takes = "tag", Check = CheckTag, Load = LoadTags, LoadsToDo = true },
        new("archive", Change,
            (customer, step) => ArchiveCustomerFeature.Decide(new ArchiveCustomer(), customer, step.Now),
            (customer, step) => !customer.Archived || customer.Deleted ? null : RestoreCustomerFeature.Decide(new RestoreCustomer(), customer, step.Now)),
        new("restore", Change,
            (customer, step) => RestoreCustomerFeature.Decide(new RestoreCustomer(), customer, step.Now),
            (customer, step) => customer.Archived || customer.Deleted ? null : ArchiveCustomerFeature.Decide(new ArchiveCustomer(), customer, step.Now)),
        new("delete", Right.Delete("customers"),
            (customer, step) => DeleteCustomerFeature.Decide(new DeleteCustomer(), customer, step.Now),
            // Whether it was archived when it was deleted is not the job's doing.
            (customer, step) => !customer.Deleted ? null : RestoreCustomerFeature.Decide(new RestoreCustomer(), customer with { Archived = false }, step.Now)),
        new("release", Right.Assign("customers"),
            (customer, step) => ReleaseCustomerFeature.Decide(new ReleaseCustomer(null), customer, step.Now),
            (customer, step) => !customer.InPool || customer.FormerOwnerId != step.Before || customer.Deleted ? null : ReturnCustomerFeature.Decide(new ReturnCustomer(), customer, step.Before is null || step.IsUser(step.Before), step.Now))
        { Owner = customer => customer.OwnerId },
        new("return", Right.Assign("customers"),
            (customer, step) => ReturnCustomerFeature.Decide(new ReturnCustomer(), customer, customer.FormerOwnerId is null || step.IsUser(customer.FormerOwnerId), step.Now),
            (customer, step) => customer.InPool || customer.OwnerId != customer.FormerOwnerId || customer.Deleted ? null : ReleaseCustomerFeature.Pooled(customer, customer.PoolCause ?? "released"))
        { Owner = customer => customer.OwnerId },
    ];

    private static Decision Assign(Customer customer, Guid? owner, BulkStep step) =>
        AssignOwnerFeature.Decide(new AssignOwner { OwnerId = owner, Cleared = owner is null ? ["ownerId"] : [] }, customer, owner is null || step.IsUser(owner), step.Now);

    private static KnownTags Known(BulkStep step) => (KnownTags)step.Facts!;

    private static async Task<object> LoadTags(EventStore.DocumentStore store, IReadOnlyList<Customer> customers, CancellationToken ct) => await KnownTags.LoadAsync(store, ct);

    private static void CheckTag(BulkInput input, Microsoft.AspNetCore.Http.HttpContext http) => Validation.Check(new TagCustomer.Validator(), new TagCustomer(input.Tag, null), http);
}

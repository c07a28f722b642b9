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
            (customer, step) => TagCustomerFeature.Decide(new TagCustomer(step.Input.Tag, null), customer, step.Now),
            (customer, step) => !customer.Tags.Contains(step.Input.Tag!) || customer.Deleted ? null : UntagCustomerFeature.Decide(new UntagCustomer(), customer, step.Input.Tag!, step.Now))
        { Takes = "tag", Check = CheckTag },
        new("removeTag", Change,
            (customer, step) => UntagCustomerFeature.Decide(new UntagCustomer(), customer, step.Input.Tag!, step.Now),
            (customer, step) => customer.Tags.Contains(step.Input.Tag!) || customer.Deleted ? null : TagCustomerFeature.Decide(new TagCustomer(step.Input.Tag, null), customer, step.Now))
        { Takes = "tag", Check = CheckTag },
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
    ];

    private static Decision Assign(Customer customer, Guid? owner, BulkStep step) =>
        AssignOwnerFeature.Decide(new AssignOwner { OwnerId = owner, Cleared = owner is null ? ["ownerId"] : [] }, customer, owner is null || step.IsUser(owner), step.Now);

    private static void CheckTag(BulkInput input, Microsoft.AspNetCore.Http.HttpContext http) => Validation.Check(new TagCustomer.Validator(), new TagCustomer(input.Tag, null), http);
}

namespace Crm.Imports;

/// <summary>
/// An export of another CRM, recognised by its headers and mapped without guessing. Headers are those of Salesforce Data Loader (API names of the objects),
/// of HubSpot's record export (labels of the properties) and of EspoCRM's list export (names of the attributes).
/// </summary>
/// <param name="System">The system, under which its ids are kept as external keys.</param>
/// <param name="Target">What the rows are.</param>
/// <param name="Signature">Headers that such a file always has.</param>
/// <param name="Fields">The field of each header; null for one that says nothing outside its system.</param>
internal sealed record SystemPreset(string System, string Target, string[] Signature, Dictionary<string, string?> Fields)
{
    private static readonly string[] SalesforceOwn =
        ["OwnerId", "ParentId", "AccountId", "MasterRecordId", "RecordTypeId", "IsDeleted", "CreatedById", "LastModifiedById", "LastModifiedDate", "SystemModstamp", "LastActivityDate", "LastViewedDate", "LastReferencedDate"];
    private static readonly string[] EspoOwn =
        ["deleted", "modifiedAt", "createdById", "createdByName", "modifiedById", "modifiedByName", "assignedUserId", "accountId", "teamsIds", "teamsNames", "emailAddressIsOptedOut", "phoneNumberIsOptedOut"];
    private static readonly string[] HubspotOwn = ["Last Modified Date", "Last Activity Date", "Associated Company IDs", "Associated Contact IDs", "Associated Contact"];

    /// <summary>Every known export; the first whose headers are all there counts, so those that ask for more come first.</summary>
    public static IReadOnlyList<SystemPreset> All { get; } =
    [
        Of("salesforce", "opportunities", ["Id", "Name", "StageName", "CloseDate"], SalesforceOwn, ("Id", "externalKeys.salesforce"), ("Name", "name"), ("Account.Name", "customerId"), ("Owner.Name", "ownerId"),
            ("StageName", "stage"), ("Amount", "amount"), ("CloseDate", "closedOn"), ("CreatedDate", "openedOn"), ("Probability", "probability"), ("NextStep", "nextStep")),
        Of("salesforce", "customers", ["Id", "Company", "LastName", "LeadSource"], SalesforceOwn, ("Id", "externalKeys.salesforce"), ("Company", "name"), ("LastName", "contact.lastName"), ("FirstName", "contact.firstName"),
            ("Title", "contact.position"), ("Email", "contact.email"), ("MobilePhone", "contact.phone"), ("Phone", "phone"), ("Website", "website"), ("Street", "address"), ("LeadSource", "source"), ("Industry", "industry"),
            ("NumberOfEmployees", "size"), ("Description", "needs"), ("Owner.Name", "ownerId"), ("Name", null), ("Status", null)),
        Of("salesforce", "customers", ["Id", "AccountId", "LastName"], SalesforceOwn, ("Id", null), ("Account.Name", "name"), ("LastName", "contact.lastName"), ("FirstName", "contact.firstName"), ("Title", "contact.position"),
            ("Email", "contact.email"), ("MobilePhone", "contact.phone"), ("Name", null), ("Owner.Name", null), ("LeadSource", null)),
        Of("salesforce", "customers", ["Id", "Name", "BillingStreet"], SalesforceOwn, ("Id", "externalKeys.salesforce"), ("Name", "name"), ("Phone", "phone"), ("Website", "website"), ("BillingStreet", "address"), ("Industry", "industry"),
            ("NumberOfEmployees", "size"), ("AccountSource", "source"), ("Description", "needs"), ("Parent.Name", "parentId"), ("Owner.Name", "ownerId")),
        Of("hubspot", "opportunities", ["Record ID", "Deal Name", "Deal Stage"], HubspotOwn, ("Record ID", "externalKeys.hubspot"), ("Deal Name", "name"), ("Deal Stage", "stage"), ("Amount", "amount"), ("Close Date", "closedOn"),
            ("Create Date", "openedOn"), ("Deal owner", "ownerId"), ("Associated Company", "customerId"), ("Deal probability", "probability"), ("Next step", "nextStep"), ("Closed Lost Reason", "lostReason"), ("Pipeline", null)),
        Of("hubspot", "customers", ["Record ID", "Company name"], HubspotOwn, ("Record ID", "externalKeys.hubspot"), ("Company name", "name"), ("Company owner", "ownerId"), ("Phone Number", "phone"), ("Industry", "industry"),
            ("Website URL", "website"), ("Company Domain Name", null), ("Street Address", "address"), ("Number of Employees", "size"), ("Description", "needs"), ("Original Source Type", "source"), ("Parent Company", "parentId"), ("Create Date", null)),
        Of("hubspot", "customers", ["Record ID", "Last Name", "Associated Company"], HubspotOwn, ("Record ID", null), ("Associated Company", "name"), ("First Name", "contact.firstName"), ("Last Name", "contact.lastName"),
            ("Email", "contact.email"), ("Phone Number", "contact.phone"), ("Job Title", "contact.position"), ("Contact owner", null), ("Create Date", null), ("Lead Status", null)),
        Of("espocrm", "opportunities", ["id", "name", "accountName", "stage"], EspoOwn, ("id", "externalKeys.espocrm"), ("name", "name"), ("accountName", "customerId"), ("stage", "stage"), ("amount", "amount"), ("closeDate", "closedOn"),
            ("createdAt", "openedOn"), ("probability", "probability"), ("assignedUserName", "ownerId"), ("amountCurrency", null)),
        Of("espocrm", "customers", ["id", "accountName", "lastName", "emailAddress"], EspoOwn, ("id", null), ("accountName", "name"), ("firstName", "contact.firstName"), ("lastName", "contact.lastName"), ("title", "contact.position"),
            ("emailAddress", "contact.email"), ("phoneNumber", "contact.phone"), ("name", null), ("assignedUserName", null), ("createdAt", null)),
        Of("espocrm", "customers", ["id", "name", "emailAddress", "phoneNumber"], EspoOwn, ("id", "externalKeys.espocrm"), ("name", "name"), ("emailAddress", "email"), ("phoneNumber", "phone"), ("website", "website"), ("industry", "industry"),
            ("billingAddressStreet", "address"), ("description", "needs"), ("assignedUserName", "ownerId"), ("type", null), ("createdAt", null)),
    ];

    /// <summary>The export that a file with these headers is, or null.</summary>
    public static SystemPreset? Find(IEnumerable<string> headers, string? target = null)
    {
        var present = headers.Select(h => h.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return All.FirstOrDefault(p => (target is null || p.Target == target) && p.Signature.All(present.Contains));
    }

    private static SystemPreset Of(string system, string target, string[] signature, string[] own, params (string Header, string? Field)[] fields) => new(
        system, target, signature, fields.Concat(own.Select(o => (o, (string?)null))).GroupBy(f => f.Item1, StringComparer.OrdinalIgnoreCase).ToDictionary(g => g.Key, g => g.First().Item2, StringComparer.OrdinalIgnoreCase));
}

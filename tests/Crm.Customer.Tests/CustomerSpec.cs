using Crm.Testing;

namespace Crm.Customers.Tests;

/// <summary>Decision specs of customers.</summary>
public abstract class CustomerSpec : Spec
{
    private protected static Situation<Customer> Given(params object[] events) => Given<Customer>(events);

    private protected static Customer? State(params object[] events) => State<Customer>(events);
}

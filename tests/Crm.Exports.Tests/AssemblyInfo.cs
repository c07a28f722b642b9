using Crm.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

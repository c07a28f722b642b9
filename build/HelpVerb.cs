namespace Crm.Build;

/// <summary><c>help</c>: the verbs.</summary>
internal static class HelpVerb
{
    public static Task<int> RunAsync()
    {
        Console.WriteLine("""
            dotnet run --project build <verb>

              run              set up, build, start everything and print the address and the demo accounts
              cluster [3]      the same with that many hosts on one database, on ports one after the other
              test [filter]    every check and test; with a filter the tests whose full name contains it
              rebuild <name>   build a projection, or "all", anew beside what serves; hosts may go on running
              encrypt          encrypt personal data in events that an older version stored in plain, then build everything anew
              bench [names]    the measurements, each beside its yardstick
              torture [name]   the long tests of faults, such as hosts killed under load; a table says what was counted
              format [--fix]   check, or restore, the layout of the C# code
              help             this text

            run and cluster take the host's configuration from the environment:
              ASPNETCORE_URLS          address, http://127.0.0.1:5080
              ConnectionStrings__Crm   a PostgreSQL 15 or newer of your own; without it one is started
              Crm__DataDirectory       where that one keeps its data, .data
              Crm__Demo                false starts without the demo organisation
              Crm__PostgresBinaries    PostgreSQL programs to use instead of the npm package
            """);
        return Task.FromResult(0);
    }
}

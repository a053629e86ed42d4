return await Kintsugi.Cli.CommandLine.RunAsync(args);

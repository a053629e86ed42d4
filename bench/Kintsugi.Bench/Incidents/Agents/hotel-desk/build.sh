# Compiles the sources and the vendored packages against what lies below lib.
set -e
root=$(dirname "$(readlink -f "$(command -v dotnet)")")
sources=$(grep -v '^#' vendored.txt | while read -r name version; do echo "Vendor/$name-$version/$name.cs"; done)
references=$(for library in "$root"/packs/Microsoft.NETCore.App.Ref/*/ref/net*/*.dll lib/*.dll; do
  test "$library" = lib/HotelDesk.dll || echo "-r:$library"
done)
cp HotelDesk.runtimeconfig.json lib/
exec dotnet exec "$root"/sdk/*/Roslyn/bincore/csc.dll -nologo -noconfig -nullable:enable -langversion:latest -out:lib/HotelDesk.dll $references Source/*.cs $sources

; An installer of a Python project, made by pysetup.
;
; Exit codes: 1 stopped by the user, 2 a file could not be written, 3 no such Python,
; 4 something that is needed is not installed, 5 a newer version is installed, 6 the
; folder of Python cannot be written to.
; Words: /S silent, /AllUsers, /CurrentUser, /IgnoreNeeds, /PYDIR=FOLDER OF PYTHON (or
; the same as NSIS has it: /D=FOLDER, last, without quotation marks).

Target @TARGET@
SetCompressor /SOLID lzma
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh

Name @NAME@
OutFile @OUTPUT@
RequestExecutionLevel @LEVEL@
BrandingText " "
AllowSkipFiles off
ShowInstDetails nevershow
ShowUninstDetails nevershow
DirText "Choose the folder of Python."

Var Root
Var Scope
Var Reason
Var Code

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; Tell $Reason, and end with $Code.
Function Refuse
  ${If} ${Silent}
    System::Call 'kernel32::AttachConsole(i -1)'
    System::Call 'kernel32::GetStdHandle(i -11) p .r9'
    FileWrite $9 "$Reason$\r$\n"
  ${Else}
    MessageBox MB_OK|MB_ICONSTOP "$Reason"
  ${EndIf}
  SetErrorLevel $Code
  Quit
FunctionEnd

; Leave $Root as it is if there is a Python in it, else empty it.
Function CheckRoot
  ${If} $Root != ""
    StrCpy $0 $Root 1 -1
    ${If} $0 == "\"
      StrCpy $Root $Root -1
    ${EndIf}
    ${IfNot} ${FileExists} "$Root\python.exe"
      StrCpy $Root ""
    ${EndIf}
  ${EndIf}
FunctionEnd

; A file that is there already belongs to another package, too: count its owners.
Function ClaimAll
  InitPluginsDir
  File "/oname=$PLUGINSDIR\files.txt" @MANIFEST@
  FileOpen $R1 "$PLUGINSDIR\files.txt" r
  ${Do}
    Call NextLine
    ${If} $R2 == ""
      ${Break}
    ${EndIf}
    ${If} $R2 == "F"
    ${AndIf} ${FileExists} "$Root\$R3"
      ReadRegDWORD $1 SHCTX "Software\pysetup\Shared" "$Root\$R3"
      IntOp $1 $1 + 1
      WriteRegDWORD SHCTX "Software\pysetup\Shared" "$Root\$R3" $1
    ${EndIf}
  ${Loop}
  FileClose $R1
FunctionEnd

; Read a line of the manifest in $R1: its letter into $R2, the path into $R3.
!macro NextLine
  FileReadUTF16LE $R1 $R3
  StrCpy $R2 $R3 1
  StrCpy $R3 $R3 -2 1
!macroend
Function NextLine
  !insertmacro NextLine
FunctionEnd
Function un.NextLine
  !insertmacro NextLine
FunctionEnd

; Delete the file $Root\$R3 unless another package owns it.
Function un.Release
  ClearErrors
  ReadRegDWORD $1 SHCTX "Software\pysetup\Shared" "$Root\$R3"
  ${If} ${Errors}
    Delete "$Root\$R3"
  ${ElseIf} $1 > 1
    IntOp $1 $1 - 1
    WriteRegDWORD SHCTX "Software\pysetup\Shared" "$Root\$R3" $1
  ${Else}
    DeleteRegValue SHCTX "Software\pysetup\Shared" "$Root\$R3"
  ${EndIf}
FunctionEnd

Function un.RemoveAll
  InitPluginsDir
  File "/oname=$PLUGINSDIR\files.txt" @MANIFEST@
  FileOpen $R1 "$PLUGINSDIR\files.txt" r
  ${Do}
    Call un.NextLine
    ${If} $R2 == "F"
      Call un.Release
    ${ElseIf} $R2 == "B"
      Delete "$Root\$R3"
    ${ElseIf} $R2 == "D"
      RMDir "$Root\$R3"
    ${Else}
      ${Break}
    ${EndIf}
  ${Loop}
  FileClose $R1
FunctionEnd

; Put what follows /PYDIR= on the command line ($R0) into $Root. A space ends it, but
; for quotation marks before the word or before the folder.
Function ReadFolder
  StrCpy $1 0
  ${Do}
    StrCpy $2 $R0 7 $1
    ${If} $2 == ""
      Return
    ${EndIf}
    ${If} $2 == "/PYDIR="
      ${Break}
    ${EndIf}
    StrCpy $4 $R0 1 $1
    IntOp $1 $1 + 1
  ${Loop}
  IntOp $1 $1 + 7
  StrCpy $3 " "
  ${If} $4 == '"'
    StrCpy $3 '"'
  ${EndIf}
  StrCpy $2 $R0 1 $1
  ${If} $2 == '"'
    StrCpy $3 '"'
    IntOp $1 $1 + 1
  ${EndIf}
  StrCpy $Root ""
  ${Do}
    StrCpy $2 $R0 1 $1
    ${If} $2 == ""
    ${OrIf} $2 == $3
      Return
    ${EndIf}
    StrCpy $Root "$Root$2"
    IntOp $1 $1 + 1
  ${Loop}
FunctionEnd

Function .onInit
  StrCpy $4 ""
  SetRegView @BITS@
  StrCpy $Scope @SCOPE@
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/AllUsers" $R1
  ${IfNot} ${Errors}
    StrCpy $Scope "machine"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/CurrentUser" $R1
  ${IfNot} ${Errors}
    StrCpy $Scope "user"
  ${EndIf}
  ${If} $Scope == "machine"
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
  StrCpy $Root $INSTDIR
  Call ReadFolder
  ${If} $Root == ""
    ReadRegStr $Root SHCTX @KEY@ "InstallLocation"
    Call CheckRoot
    ${If} $Root == ""
    ${AndIf} $Scope == "user"
      ReadRegStr $Root HKCU @PYTHON_KEY@ ""
      Call CheckRoot
    ${EndIf}
    ${If} $Root == ""
      ReadRegStr $Root HKLM @PYTHON_KEY@ ""
    ${EndIf}
  ${EndIf}
  Call CheckRoot
  ${If} $Root == ""
    StrCpy $Code 3
    StrCpy $Reason @PYTHON@
    StrCpy $Reason "Python $Reason was not found. Install it first, or name its folder: /PYDIR=FOLDER"
    Call Refuse
  ${EndIf}
  StrCpy $INSTDIR $Root
FunctionEnd

Function .onVerifyInstDir
  ${IfNot} ${FileExists} "$INSTDIR\python.exe"
    Abort
  ${EndIf}
FunctionEnd

Section
  StrCpy $Root $INSTDIR

  ; May files be written there?
  CreateDirectory "$Root\Lib\site-packages"
  ClearErrors
  FileOpen $0 "$Root\Lib\site-packages\pysetup-installs.tmp" w
  ${If} ${Errors}
    StrCpy $Code 6
    StrCpy $Reason "$Root cannot be written to. Run the installer as administrator."
    Call Refuse
  ${EndIf}
  FileClose $0
  Delete "$Root\Lib\site-packages\pysetup-installs.tmp"

  ; Is a newer version there?
  ClearErrors
  ReadRegStr $0 SHCTX @KEY@ "VersionOrder"
  ${IfNot} ${Errors}
    ${VersionCompare} $0 @ORDER@ $1
    ${If} $1 == "1"
      StrCpy $Code 5
      StrCpy $Reason @NAME@
      StrCpy $Reason "$Reason: a newer version is installed. Remove it first."
      Call Refuse
    ${EndIf}
  ${EndIf}

  ; Is what it needs there?
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/IgnoreNeeds" $R1
  ${If} ${Errors}
    Call CheckNeeds
  ${EndIf}

  ; The version that is there goes first, with its own uninstaller.
  ClearErrors
  ReadRegStr $R0 SHCTX @KEY@ "Uninstaller"
  ${IfNot} ${Errors}
  ${AndIf} ${FileExists} $R0
    ${GetParent} $R0 $R1
    ExecWait '"$R0" /S _?=$R1'
    Delete $R0
    RMDir $R1
  ${EndIf}

  Call ClaimAll
@PUT@

  SetOutPath $TEMP
  StrCpy $R0 @DIST_INFO@
  WriteUninstaller "$R0\uninstall.exe"
  WriteRegStr SHCTX @KEY@ "DisplayName" @NAME@
  WriteRegStr SHCTX @KEY@ "DisplayVersion" @VERSION@
  WriteRegStr SHCTX @KEY@ "VersionOrder" @ORDER@
  WriteRegStr SHCTX @KEY@ "Publisher" @PUBLISHER@
  WriteRegStr SHCTX @KEY@ "URLInfoAbout" @HOMEPAGE@
  WriteRegStr SHCTX @KEY@ "Comments" @SUMMARY@
  WriteRegStr SHCTX @KEY@ "InstallLocation" $Root
  WriteRegStr SHCTX @KEY@ "Uninstaller" "$R0\uninstall.exe"
  WriteRegStr SHCTX @KEY@ "UninstallString" '"$R0\uninstall.exe"'
  WriteRegStr SHCTX @KEY@ "QuietUninstallString" '"$R0\uninstall.exe" /S'
  WriteRegDWORD SHCTX @KEY@ "EstimatedSize" @SIZE@
  WriteRegDWORD SHCTX @KEY@ "NoModify" 1
  WriteRegDWORD SHCTX @KEY@ "NoRepair" 1
SectionEnd

Function CheckNeeds
@CHECK@
FunctionEnd

Section Uninstall
  SetRegView @BITS@
  GetFullPathName $Root "$INSTDIR\@UP@"
  ; It is the user's unless only the machine has it.
  SetShellVarContext current
  ReadRegStr $0 SHCTX @KEY@ "InstallLocation"
  ${If} $0 != $Root
    SetShellVarContext all
  ${EndIf}
  Call un.RemoveAll
  Delete "$INSTDIR\uninstall.exe"
  RMDir $INSTDIR
  DeleteRegKey SHCTX @KEY@
  DeleteRegKey /ifempty SHCTX "Software\pysetup\Shared"
  DeleteRegKey /ifempty SHCTX "Software\pysetup"
SectionEnd
